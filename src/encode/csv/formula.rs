//! Cells that a spreadsheet would run.

/// Whether a cell begins as a formula does: with one of `=`, `+`, `-`, `@`, their full-width forms, a tab, a
/// line break or NUL (OWASP's "CSV Injection" and ASVS 1.2.10). Plain numbers such as `-12.5` or `+3` are not
/// formulas.
pub fn is_formula(text: &[u8]) -> bool {
    match text {
        [b'+' | b'-', rest @ ..] => !is_number(rest),
        [b'=' | b'@' | b'\t' | b'\r' | b'\n' | 0, ..] => true,
        // U+FF1D, U+FF0B, U+FF0D, U+FF20.
        [0xef, 0xbc, 0x9d | 0x8b | 0x8d | 0xa0, ..] => true,
        _ => false,
    }
}

/// Digits, of which some may stand behind a point, and an exponent.
fn is_number(text: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits(text);
    let mut rest = &text[whole..];
    let mut any = whole > 0;
    if let [b'.', behind @ ..] = rest {
        let fraction = digits(behind);
        any |= fraction > 0;
        rest = &behind[fraction..];
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent = exponent.strip_prefix(b"+").or(exponent.strip_prefix(b"-")).unwrap_or(exponent);
        let count = digits(exponent);
        return any && count > 0 && count == exponent.len();
    }
    any && rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::is_formula;

    #[test]
    fn formulas_are_told_from_numbers() {
        for text in [
            "=1+1",
            "+1+1",
            "-1-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "\0",
            "=",
            "+",
            "-",
            "@",
            "-.",
            "-1e",
            "-e5",
            "+1 555 1234",
            "-1.2.3",
            "-12,5",
            "--1",
            "-x",
            "-Infinity",
            "-1e+",
            "＝1",
            "＋1",
            "－1",
            "＠a",
        ] {
            assert!(is_formula(text.as_bytes()), "{text:?}");
        }
        for text in
            ["", "a", "1", "-1", "+3", "-12.5", "-.5", "-5.", "+1e10", "-1.5E-3", "'=1", " =1", "１", "〜"]
        {
            assert!(!is_formula(text.as_bytes()), "{text:?}");
        }
    }
}
