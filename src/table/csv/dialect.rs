//! What a csv file tells of itself before its first record.

use crate::error::{Code, Error, Result};

/// The bytes in which the first line is looked for.
const FIRST_LINE: usize = 1 << 20;
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// The delimiter, and where the text begins behind a byte order mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    pub delimiter: u8,
    pub start: usize,
}

/// Looks at the first bytes; `None` until more come. Without a delimiter that is known, it is the comma, unless the
/// first line has none outside quotes and has tabs, semicolons or bars: then whichever of them is most frequent.
pub fn look(bytes: &[u8], known: Option<u8>, at_end: bool) -> Result<Option<Dialect>> {
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        let message = "the file is UTF-16; only UTF-8 is read";
        return Err(Error::new(Code::SourceInvalidText, message));
    }
    if bytes.len() < BOM.len() && !at_end {
        return Ok(None);
    }
    let start = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
    if let Some(delimiter) = known {
        return Ok(Some(Dialect { delimiter, start }));
    }
    let first = &bytes[start..bytes.len().min(FIRST_LINE)];
    Ok(match sniff(first) {
        (delimiter, true) => Some(Dialect { delimiter, start }),
        (delimiter, false) if at_end || bytes.len() >= FIRST_LINE => Some(Dialect { delimiter, start }),
        _ => None,
    })
}

/// The delimiter that the first line has, and whether the line is all there.
fn sniff(bytes: &[u8]) -> (u8, bool) {
    const CANDIDATES: [u8; 4] = [b',', b'\t', b';', b'|'];
    let mut counts = [0usize; 4];
    let mut is_quoted = false;
    let mut is_whole = false;
    for byte in bytes {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' | b'\r' if !is_quoted => {
                is_whole = true;
                break;
            }
            _ if is_quoted => {}
            byte => {
                if let Some(index) = CANDIDATES.iter().position(|candidate| candidate == byte) {
                    counts[index] += 1;
                }
            }
        }
    }
    if counts[0] > 0 {
        return (b',', is_whole);
    }
    let best = (1..4).rev().max_by_key(|index| counts[*index]).filter(|index| counts[*index] > 0);
    (CANDIDATES[best.unwrap_or(0)], is_whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters() {
        let cases: [(&[u8], u8); 7] = [
            (b"a,b;c;d\n", b','),
            (b"a;b;c\n", b';'),
            (b"a\tb;c\n", b'\t'),
            (b"a;b;c|d\n", b';'),
            (b"\"a,b\";c\n", b';'),
            (b"a\n1;2\n", b','),
            (b"", b','),
        ];
        for (text, delimiter) in cases {
            assert_eq!(look(text, None, true), Ok(Some(Dialect { delimiter, start: 0 })));
        }
        assert_eq!(look(b"a;b", None, false), Ok(None));
        assert_eq!(
            look(b"\xEF\xBB\xBFa", Some(b'\t'), false),
            Ok(Some(Dialect { delimiter: b'\t', start: 3 }))
        );
        assert_eq!(look(b"\xFF\xFEa\0", None, false).unwrap_err().code, Code::SourceInvalidText);
    }
}
