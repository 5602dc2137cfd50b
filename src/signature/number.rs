/// Decimal, or hexadecimal behind `0x`; a sign may come first where the kind of number has one.
pub fn number<T: TryFrom<i128>>(text: &str) -> Result<T, String> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let hexadecimal = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
    let (radix, digits) = hexadecimal.map_or((10, digits), |rest| (16, rest));
    let magnitude = if digits.starts_with(['+', '-']) { None } else { i128::from_str_radix(digits, radix).ok() };
    let signed = magnitude.map(|n| if negative { -n } else { n });
    signed.and_then(|n| T::try_from(n).ok()).ok_or_else(|| format!("'{text}' is no number in range"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_hexadecimal_and_signed() {
        assert_eq!(number::<i64>(" -12 "), Ok(-12));
        assert_eq!(number::<u64>("0xffffffffffffffff"), Ok(u64::MAX));
        assert_eq!(number::<u8>("256"), Err("'256' is no number in range".to_owned()));
        for wrong in ["", "-", "--1", "0x", "0x-1", "+-1", "1a", "999999999999999999999999999999999999999999"] {
            assert!(number::<i64>(wrong).is_err(), "{wrong}");
        }
    }
}
