//! JSON strings.

use std::ops::Range;

use arrow::array::{GenericStringArray, OffsetSizeTrait};

use crate::scan::{below, equal, find, holds, splat};

/// Marks what has to be escaped.
fn escaped(word: u64) -> u64 {
    const QUOTE: u64 = splat(b'"');
    const BACKSLASH: u64 = splat(b'\\');
    below(word, 0x20) | equal(word, QUOTE) | equal(word, BACKSLASH)
}

/// Whether nothing in the strings of these rows has to be escaped.
pub fn are_plain<O: OffsetSizeTrait>(array: &GenericStringArray<O>, rows: &Range<usize>) -> bool {
    let [start, end] = [rows.start, rows.end].map(|row| array.value_offsets()[row].as_usize());
    !holds(&array.value_data()[start..end], escaped)
}

/// Appends `text` between quotes, with as few escapes as RFC 8259, section 7, allows: quotes, backslashes and
/// the control characters.
pub fn quoted(text: &str, out: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    out.push(b'"');
    while let Some(at) = find(rest, escaped) {
        out.extend_from_slice(&rest[..at]);
        escape(rest[at], out);
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

fn escape(byte: u8, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0c => b'f',
        _ => {
            let low = HEX[usize::from(byte & 15)];
            return out.extend_from_slice(&[b'\\', b'u', b'0', b'0', HEX[usize::from(byte >> 4)], low]);
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(value: &str) -> String {
        let mut out = Vec::new();
        quoted(value, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn escapes_what_it_must() {
        assert_eq!(text(""), r#""""#);
        assert_eq!(text("a\"b\\c/d"), r#""a\"b\\c/d""#);
        assert_eq!(text("\n\r\t\u{8}\u{c}\0\u{1f}\u{7f}"), "\"\\n\\r\\t\\b\\f\\u0000\\u001f\u{7f}\"");
        assert_eq!(text("é\u{2028}😀"), "\"é\u{2028}😀\"");
    }

    proptest! {
        #[test]
        fn reads_back(value: String) {
            prop_assert_eq!(serde_json::from_str::<String>(&text(&value)).unwrap(), value);
        }
    }
}
