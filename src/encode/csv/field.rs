//! Fields: which are quoted, and how.

use arrow::array::{GenericStringArray, OffsetSizeTrait};

use crate::encode::text::cells::Fill;
use crate::plan::CsvOptions;
use crate::scan::{equal, find, holds, splat};

pub const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// How a field is told from what stands around it.
pub struct Dialect {
    quote: u8,
    escape: u8,
    null: Vec<u8>,
    /// The bytes that call for quotes, spread over words to be looked for eight at a time.
    special: [u64; 5],
}

impl Dialect {
    pub fn new(options: &CsvOptions) -> Self {
        let special = [options.delimiter, options.quote, options.escape, b'\n', b'\r'];
        Dialect {
            quote: options.quote,
            escape: options.escape,
            null: options.null_value.clone().into_bytes(),
            special: special.map(splat),
        }
    }

    /// Whether the text of a number, a date or a time never needs quotes.
    pub fn spares_plain_text(&self) -> bool {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.:".contains(&byte);
        let [delimiter, quote, escape, ..] = self.special.map(|word| word as u8);
        let null_differs = self.null.is_empty() || !self.null.iter().copied().all(is_plain);
        null_differs && ![delimiter, quote, escape].into_iter().any(is_plain)
    }

    /// Whether a field with this text has to stand in quotes: it holds a special byte, reads like a null, is
    /// empty, or begins or ends with what readers are known to trim.
    fn needs_quotes(&self, text: &[u8]) -> bool {
        self.needs_quotes_as_a_whole(text) || self.has_special(text)
    }

    /// The same of a text without a special byte.
    #[inline]
    fn needs_quotes_as_a_whole(&self, text: &[u8]) -> bool {
        let [Some(first), Some(last)] = [text.first(), text.last()] else { return true };
        matches!(first, b' ' | b'\t')
            || matches!(last, b' ' | b'\t')
            || text == self.null
            || text.starts_with(BYTE_ORDER_MARK)
    }

    /// Writes strings to cells; false where one may hold something to be escaped.
    pub fn strings<O: OffsetSizeTrait>(&self, array: &GenericStringArray<O>, fill: Fill) -> bool {
        let [start, end] = [fill.rows.start, fill.rows.end].map(|row| array.value_offsets()[row].as_usize());
        let values = &array.value_data()[start..end];
        let [delimiter, quote, escape, line_feed, carriage_return] = self.special;
        if holds(values, |word| equal(word, quote) | equal(word, escape)) {
            return false;
        }
        let ends_fields =
            |word| equal(word, delimiter) | equal(word, line_feed) | equal(word, carriage_return);
        if holds(values, ends_fields) {
            fill.strings(array, |text| self.needs_quotes(text).then_some(self.quote));
        } else {
            fill.strings(array, |text| self.needs_quotes_as_a_whole(text).then_some(self.quote));
        }
        true
    }

    fn has_special(&self, text: &[u8]) -> bool {
        let [a, b, c, d, e] = self.special;
        let marks = |word| equal(word, a) | equal(word, b) | equal(word, c) | equal(word, d) | equal(word, e);
        find(text, marks).is_some()
    }

    /// Appends `text`, in quotes where it needs them.
    pub fn field(&self, text: &[u8], out: &mut Vec<u8>) {
        if self.needs_quotes(text) {
            self.quoted(&[text], out);
        } else {
            out.extend_from_slice(text);
        }
    }

    /// Appends a field of these pieces in quotes.
    pub fn quoted(&self, pieces: &[&[u8]], out: &mut Vec<u8>) {
        out.push(self.quote);
        for piece in pieces {
            let mut rest = *piece;
            while let Some(at) = memchr::memchr2(self.quote, self.escape, rest) {
                out.extend_from_slice(&rest[..at]);
                out.extend_from_slice(&[self.escape, rest[at]]);
                rest = &rest[at + 1..];
            }
            out.extend_from_slice(rest);
        }
        out.push(self.quote);
    }
}
