//! Numbers as a person writes them.

/// Digits that are shown of a number that is no whole one: as many as a measured value of 32 bits has.
const DIGITS: i32 = 7;
/// What is smaller or larger is written with its power of ten.
const SMALLEST: i32 = -7;
const LARGEST: f64 = 1e15;

/// `12.5` and not `12.499999999`; whole numbers in full.
pub fn plain(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !value.is_finite() || (value.fract() == 0.0 && value.abs() < LARGEST) {
        return value.to_string();
    }
    #[allow(clippy::cast_possible_truncation, reason = "an exponent of ten lies between -324 and 308")]
    let power = value.abs().log10().floor() as i32;
    if power < SMALLEST || value.abs() >= LARGEST {
        let text = format!("{value:.6e}");
        let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
        return format!("{}e{power}", trimmed(digits));
    }
    let decimals = usize::try_from(DIGITS - 1 - power).unwrap_or(0);
    trimmed(&format!("{value:.decimals$}")).to_owned()
}

fn trimmed(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_written_as_a_person_would() {
        for (value, text) in [
            (12.499_999_999, "12.5"),
            (f64::from(0.1_f32), "0.1"),
            (f64::from(-273.15_f32), "-273.15"),
            (0.000_123_4, "0.0001234"),
            (4_294_967_295.0, "4294967295"),
            (12_345_678.9, "12345679"),
            (-0.0, "0"),
            (9.999_999_96, "10"),
            (6.02e23, "6.02e23"),
            (1.5e-9, "1.5e-9"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(plain(value), text);
        }
    }
}
