//! Numbers within a piece: `byte_test`, `byte_jump`, `byte_extract`, and `isdataat`, which asks whether there are bytes.

use super::number::number;
use super::operand::{Extracted, Names, Operand};

/// Digits that a number written as text may have.
const MAX_DIGITS: usize = 23;

/// Where a number lies and how it is written.
#[derive(Clone, Debug)]
pub struct Field {
    bytes: usize,
    offset: Operand,
    /// Counted from the end of what was found before.
    pub relative: bool,
    little: bool,
    /// Written in digits of this base.
    radix: Option<u32>,
    mask: Option<u64>,
}

/// `byte_test:`.
#[derive(Clone, Debug)]
pub struct ByteTest {
    pub field: Field,
    negated: bool,
    comparison: Comparison,
    value: Operand,
}

#[derive(Clone, Copy, Debug)]
enum Comparison {
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
    And,
    Or,
}

/// `byte_jump:`.
#[derive(Clone, Debug)]
pub struct ByteJump {
    pub field: Field,
    multiplier: u64,
    align: bool,
    from: JumpFrom,
    post_offset: Operand,
}

#[derive(Clone, Copy, Debug)]
enum JumpFrom {
    Field,
    Beginning,
    End,
}

/// `byte_extract:`.
#[derive(Clone, Debug)]
pub struct ByteExtract {
    pub field: Field,
    pub slot: usize,
    multiplier: u64,
    align: bool,
}

/// `isdataat:`.
#[derive(Clone, Copy, Debug)]
pub struct DataAt {
    negated: bool,
    pub relative: bool,
    bytes: Operand,
}

/// Parts of an option that are left after the required ones.
pub(super) struct Parts<'a> {
    rest: Vec<&'a str>,
    /// The byte order is the one that a DCE/RPC header tells.
    dce: bool,
}

impl Field {
    /// The number, and where it ends. `None` where it does not lie in the region, or is none.
    pub(super) fn read(&self, region: &[u8], cursor: usize, extracted: &Extracted) -> Option<(u64, usize)> {
        let base = if self.relative { i64::try_from(cursor).ok()? } else { 0 };
        let start = usize::try_from(base.checked_add(self.offset.value(extracted))?).ok()?;
        let end = start.checked_add(self.bytes)?;
        let bytes = region.get(start..end)?;
        let join = |number: u64, byte: &u8| (number << 8) | u64::from(*byte);
        let number = match self.radix {
            Some(radix) => digits(bytes, radix)?,
            None if self.little => bytes.iter().rev().fold(0, join),
            None => bytes.iter().fold(0, join),
        };
        let masked = self.mask.map_or(number, |mask| (number & mask) >> mask.trailing_zeros());
        Some((masked, end))
    }

    pub(super) fn new(bytes: &str, offset: Operand, parts: &mut Parts<'_>) -> Result<Self, String> {
        let mut field =
            Field { bytes: number(bytes)?, offset, relative: false, little: false, radix: None, mask: None };
        let mut is_text = false;
        let mut base = None;
        let mut wrong = None;
        parts.rest.retain(|part| {
            match *part {
                "relative" => field.relative = true,
                "little" | "endian little" => field.little = true,
                "big" | "endian big" => field.little = false,
                "dce" => (field.little, parts.dce) = (true, true),
                "string" => is_text = true,
                "hex" => base = Some(16),
                "dec" => base = Some(10),
                "oct" => base = Some(8),
                part if part.starts_with("bitmask") => match number(&part["bitmask".len()..]) {
                    Ok(0) => wrong = Some("a bitmask without a bit".to_owned()),
                    Ok(mask) => field.mask = Some(mask),
                    Err(reason) => wrong = Some(reason),
                },
                _ => return true,
            }
            false
        });
        if let Some(wrong) = wrong {
            return Err(wrong);
        }
        field.radix = is_text.then_some(base.unwrap_or(10));
        let most = if is_text { MAX_DIGITS } else { 8 };
        if !(1..=most).contains(&field.bytes) {
            return Err(format!("{} bytes: 1 to {most} can be read", field.bytes));
        }
        Ok(field)
    }
}

/// Blanks, then digits; what follows them is not looked at.
fn digits(bytes: &[u8], radix: u32) -> Option<u64> {
    let text = bytes.trim_ascii_start();
    let text = if radix == 16 { text.strip_prefix(b"0x").unwrap_or(text) } else { text };
    let mut number: Option<u64> = None;
    for byte in text {
        let Some(digit) = char::from(*byte).to_digit(radix) else { break };
        number = Some(number.unwrap_or(0).checked_mul(u64::from(radix))?.checked_add(u64::from(digit))?);
    }
    number
}

impl ByteTest {
    /// `bytes, [!]operator, value, offset` and what else a field has.
    pub fn parse(text: &str, names: &Names) -> Result<(Self, bool), String> {
        let [bytes, operator, value, offset, rest @ ..] = &parts(text)[..] else {
            return Err("bytes, operator, value and offset are wanted".to_owned());
        };
        let mut parts = Parts { rest: rest.to_vec(), dce: false };
        let field = Field::new(bytes, names.operand(offset)?, &mut parts)?;
        let (negated, sign) = operator.strip_prefix('!').map_or((false, *operator), |rest| (true, rest.trim()));
        let comparison = match sign {
            "<" => Comparison::Less,
            "<=" => Comparison::LessOrEqual,
            "=" | "==" => Comparison::Equal,
            "" if negated => Comparison::Equal,
            ">=" => Comparison::GreaterOrEqual,
            ">" => Comparison::Greater,
            "&" => Comparison::And,
            "^" => Comparison::Or,
            _ => return Err(format!("'{operator}' is no comparison")),
        };
        let value = names.operand(value)?;
        let dce = parts.finish()?;
        Ok((ByteTest { field, negated, comparison, value }, dce))
    }

    /// Where the field ends, if the test holds.
    pub fn holds(&self, region: &[u8], cursor: usize, extracted: &Extracted) -> Option<usize> {
        let (number, end) = self.field.read(region, cursor, extracted)?;
        let value = match self.value {
            Operand::Is(n) => u64::try_from(n).unwrap_or(0),
            Operand::Extracted(slot) => extracted.get(slot).copied().unwrap_or_default(),
        };
        let holds = match self.comparison {
            Comparison::Less => number < value,
            Comparison::LessOrEqual => number <= value,
            Comparison::Equal => number == value,
            Comparison::GreaterOrEqual => number >= value,
            Comparison::Greater => number > value,
            Comparison::And => number & value != 0,
            Comparison::Or => number ^ value != 0,
        };
        (holds != self.negated).then_some(end)
    }
}

impl ByteJump {
    /// `bytes, offset` and what else a field and a jump have.
    pub fn parse(text: &str, names: &Names) -> Result<(Self, bool), String> {
        let [bytes, offset, rest @ ..] = &parts(text)[..] else {
            return Err("bytes and offset are wanted".to_owned());
        };
        let mut parts = Parts { rest: rest.to_vec(), dce: false };
        let field = Field::new(bytes, names.operand(offset)?, &mut parts)?;
        let multiplier = parts.multiplier()?;
        let align = parts.take("align");
        let from = match (parts.take("from_beginning"), parts.take("from_end")) {
            (true, _) => JumpFrom::Beginning,
            (_, true) => JumpFrom::End,
            _ => JumpFrom::Field,
        };
        let post_offset = parts.value("post_offset").map_or(Ok(Operand::Is(0)), |text| names.operand(text))?;
        let dce = parts.finish()?;
        Ok((ByteJump { field, multiplier, align, from, post_offset }, dce))
    }

    /// Where the jump leads; `None` where that is not in the region.
    pub fn lands(&self, region: &[u8], cursor: usize, extracted: &Extracted) -> Option<usize> {
        let (number, end) = self.field.read(region, cursor, extracted)?;
        let far = usize::try_from(scaled(number, self.multiplier, self.align)?).ok()?;
        let base = match self.from {
            JumpFrom::Field => end,
            JumpFrom::Beginning => 0,
            JumpFrom::End => region.len(),
        };
        let post = isize::try_from(self.post_offset.value(extracted)).ok()?;
        let landed = base.checked_add(far)?.checked_add_signed(post)?;
        (landed <= region.len()).then_some(landed)
    }
}

impl ByteExtract {
    /// `bytes, offset, name` and what else a field has.
    pub fn parse(text: &str, names: &mut Names) -> Result<(Self, bool), String> {
        let [bytes, offset, name, rest @ ..] = &parts(text)[..] else {
            return Err("bytes, offset and name are wanted".to_owned());
        };
        let mut parts = Parts { rest: rest.to_vec(), dce: false };
        let field = Field::new(bytes, names.operand(offset)?, &mut parts)?;
        let multiplier = parts.multiplier()?;
        let align = parts.take("align");
        let dce = parts.finish()?;
        let slot = names.define(name)?;
        Ok((ByteExtract { field, slot, multiplier, align }, dce))
    }

    /// The value, and where its field ends.
    pub fn value(&self, region: &[u8], cursor: usize, extracted: &Extracted) -> Option<(u64, usize)> {
        let (number, end) = self.field.read(region, cursor, extracted)?;
        Some((scaled(number, self.multiplier, self.align)?, end))
    }
}

impl DataAt {
    /// `[!]bytes` and perhaps `relative`.
    pub fn parse(text: &str, names: &Names) -> Result<Self, String> {
        let (negated, text) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest));
        let [bytes, rest @ ..] = &parts(text)[..] else { return Err("a number of bytes is wanted".to_owned()) };
        let mut parts = Parts { rest: rest.to_vec(), dce: false };
        let relative = parts.take("relative");
        parts.take("rawbytes");
        parts.finish()?;
        Ok(DataAt { negated, relative, bytes: names.operand(bytes)? })
    }

    /// From the start: there is a byte at this place. From what was found before: there are so many bytes more, and
    /// at least one.
    pub fn holds(&self, region: &[u8], cursor: usize, extracted: &Extracted) -> bool {
        let bytes = self.bytes.size(extracted);
        let there =
            if self.relative { cursor.saturating_add(bytes.max(1)) <= region.len() } else { bytes < region.len() };
        there != self.negated
    }

    /// The last byte asked for.
    pub fn reach(&self, cursor: usize, len: usize, extracted: &Extracted) -> usize {
        let base = if self.relative { cursor } else { 1 };
        if self.negated { 0 } else { base.saturating_add(self.bytes.size(extracted)).min(len) }
    }
}

fn scaled(number: u64, multiplier: u64, align: bool) -> Option<u64> {
    let scaled = number.checked_mul(multiplier)?;
    if align { scaled.checked_next_multiple_of(4) } else { Some(scaled) }
}

pub(super) fn parts(text: &str) -> Vec<&str> {
    text.split(',').map(str::trim).collect()
}

impl<'a> Parts<'a> {
    pub(super) fn of(rest: Vec<&'a str>) -> Self {
        Parts { rest, dce: false }
    }

    fn take(&mut self, name: &str) -> bool {
        let before = self.rest.len();
        self.rest.retain(|part| *part != name);
        self.rest.len() < before
    }

    fn multiplier(&mut self) -> Result<u64, String> {
        self.value("multiplier").map_or(Ok(1), number)
    }

    /// What stands behind a name.
    pub(super) fn value(&mut self, name: &str) -> Option<&str> {
        let at = self.rest.iter().position(|part| part.split_whitespace().next() == Some(name))?;
        let part = self.rest.remove(at);
        part.get(name.len()..).map(str::trim)
    }

    /// Nothing is left over; says whether the byte order is that of DCE/RPC.
    pub(super) fn finish(self) -> Result<bool, String> {
        match self.rest.first() {
            Some(part) => Err(format!("'{part}' is not supported")),
            None => Ok(self.dce),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Extracted = [0; 4];

    fn test(text: &str, region: &[u8], cursor: usize) -> bool {
        ByteTest::parse(text, &Names::default()).unwrap().0.holds(region, cursor, &NONE).is_some()
    }

    fn jump(text: &str, region: &[u8], cursor: usize) -> Option<usize> {
        ByteJump::parse(text, &Names::default()).unwrap().0.lands(region, cursor, &NONE)
    }

    #[test]
    fn a_number_is_compared_in_its_byte_order_and_base() {
        let region = [0x01, 0x02, 0x80, 0xff];
        for (text, holds) in [
            ("2,=,0x0102,0", true),
            ("2,=,0x0201,0,little", true),
            ("1, >=, 0x80, 2", true),
            ("1,!&,0x80,0", true),
            ("1,&,0x80,3", true),
            ("1,!,1,0", false),
            ("1,>,1,0,relative", true),
            ("2,=,2,0,bitmask 0x000f", true),
            ("2,>,0,3", false),
            ("1,>,0,-1", false),
            ("4,^,0x010280ff,0", false),
        ] {
            assert_eq!(test(text, &region, 1), holds, "{text}");
        }
        assert!(test("5,=,123,0,string,dec", b" 123;", 0));
        assert!(test("4,=,0x1f,0,string,hex", b"0x1F", 0));
        assert!(!test("4,=,0,0,string,dec", b"none", 0), "no digit is no number");
        assert!(!test("23,>,0,0,string,dec", b"99999999999999999999999", 0), "larger than any number");
    }

    #[test]
    fn a_jump_leads_within_the_region_or_nowhere() {
        let region = [0, 2, 9, 9, 9, 9];
        assert_eq!(jump("2,0", &region, 0), Some(4));
        assert_eq!(jump("2,-2,relative", &region, 2), Some(4));
        assert_eq!(jump("2,0,multiplier 2", &region, 0), Some(6), "the end is still within");
        assert_eq!(jump("2,0,multiplier 3", &region, 0), None);
        assert_eq!(jump("2,0,align", &region, 0), Some(6));
        assert_eq!(jump("2,0,from_beginning", &region, 0), Some(2));
        assert_eq!(jump("2,0,post_offset -4", &region, 0), Some(0));
        assert_eq!(jump("2,0,post_offset -5", &region, 0), None);
        assert_eq!(jump("2,0,from_end,post_offset -3", &region, 0), Some(5));
    }

    #[test]
    fn huge_values_overflow_nothing() {
        let region = [0xff; 8];
        for text in ["8,0", "8,0,align", "8,0,multiplier 18446744073709551615", "8,0,post_offset 9223372036854775807"] {
            assert_eq!(jump(text, &region, usize::MAX), None, "{text}");
        }
        assert_eq!(jump("8,9223372036854775807,relative", &region, usize::MAX), None);
        let mut names = Names::default();
        let (extract, _) = ByteExtract::parse("8,0,far", &mut names).unwrap();
        let (value, _) = extract.value(&region, 0, &NONE).unwrap();
        let far = [value, 0, 0, 0];
        let at = |text: &str| DataAt::parse(text, &names).unwrap();
        assert!(!at("far,relative").holds(&region, 7, &far));
        assert!(at("!far").holds(&region, 7, &far));
        let (test, _) = ByteTest::parse("1,>,far,far", &names).unwrap();
        assert_eq!(test.holds(&region, 0, &far), None);
        let (test, _) = ByteTest::parse("8,=,far,0", &names).unwrap();
        assert_eq!(test.holds(&region, 0, &far), Some(8));
    }

    #[test]
    fn data_at_a_place() {
        let holds = |text: &str, cursor| DataAt::parse(text, &Names::default()).unwrap().holds(b"0123", cursor, &NONE);
        assert!(holds("3", 0) && !holds("4", 0) && holds("!4", 0));
        assert!(holds("2,relative", 2) && !holds("3,relative", 2));
        assert!(holds("!1,relative", 4) && !holds("!1,relative", 3));
        assert!(holds("0,relative", 3) && !holds("0,relative", 4), "none more is asked as one more");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let mut names = Names::default();
        let test = |text: &str| ByteTest::parse(text, &Names::default()).unwrap_err();
        assert!(test("1,>,5").contains("wanted"));
        assert!(test("9,>,5,0").contains("1 to 8"));
        assert!(test("1,~,5,0").contains("'~'"));
        assert!(test("1,>,length,0").contains("no byte_extract"));
        assert!(test("1,>,5,0,sideways").contains("sideways"));
        assert!(test("1,>,5,0,bitmask 0").contains("bitmask"));
        assert!(ByteExtract::parse("1,0,9x", &mut names).unwrap_err().contains("9x"));
        ByteExtract::parse("1,0,x", &mut names).unwrap();
        assert!(ByteExtract::parse("1,0,x", &mut names).unwrap_err().contains("twice"));
    }
}
