//! `byte_math:` calculates with a number of the piece, for the keywords behind it.

use super::field::{Field, Parts, parts};
use super::operand::{Extracted, Names, Operand};

/// A number, what is done with it, and where the result is kept.
#[derive(Clone, Debug)]
pub struct ByteMath {
    pub field: Field,
    act: Act,
    with: Operand,
    pub slot: usize,
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Add,
    Subtract,
    Multiply,
    Divide,
    ShiftLeft,
    ShiftRight,
}

impl ByteMath {
    /// `bytes N, offset N, oper +, rvalue N, result NAME` and what else a field has, in any order.
    pub fn parse(text: &str, names: &mut Names) -> Result<(Self, bool), String> {
        // What is one word elsewhere is a pair here: `string hex`.
        let words = parts(text).into_iter().flat_map(|part| match part.strip_prefix("string ") {
            Some(base) => vec!["string", base.trim()],
            None => vec![part],
        });
        let mut parts = Parts::of(words.collect());
        let mut wanted = |name: &str| parts.value(name).map(str::to_owned).ok_or_else(|| format!("{name} is missing"));
        let [bytes, offset, act, with, result] = ["bytes", "offset", "oper", "rvalue", "result"].map(&mut wanted);
        let act = Act::parse(&act?)?;
        let with = names.operand(&with?)?;
        let field = Field::new(&bytes?, names.operand(&offset?)?, &mut parts)?;
        let dce = parts.finish()?;
        Ok((ByteMath { field, act, with, slot: names.define(&result?)? }, dce))
    }

    /// The result, and where the field ends; `None` where there is no such number.
    pub fn value(&self, region: &[u8], cursor: usize, extracted: &Extracted) -> Option<(u64, usize)> {
        let (number, end) = self.field.read(region, cursor, extracted)?;
        let with = u64::try_from(self.with.value(extracted)).ok()?;
        let bits = u32::try_from(with).ok();
        let result = match self.act {
            Act::Add => number.checked_add(with),
            Act::Subtract => number.checked_sub(with),
            Act::Multiply => number.checked_mul(with),
            Act::Divide => number.checked_div(with),
            Act::ShiftLeft => number.checked_shl(bits?),
            Act::ShiftRight => number.checked_shr(bits?),
        };
        Some((result?, end))
    }
}

impl Act {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "+" => Ok(Act::Add),
            "-" => Ok(Act::Subtract),
            "*" => Ok(Act::Multiply),
            "/" => Ok(Act::Divide),
            "<<" => Ok(Act::ShiftLeft),
            ">>" => Ok(Act::ShiftRight),
            other => Err(format!("'{other}' is no act: + - * / << or >> is wanted")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(text: &str, region: &[u8]) -> Option<u64> {
        let mut names = Names::default();
        names.define("x").unwrap();
        let math = ByteMath::parse(text, &mut names).unwrap().0;
        math.value(region, 1, &[3, 0, 0, 0]).map(|(value, _)| value)
    }

    #[test]
    fn a_number_of_the_piece_is_calculated_with() {
        let region = [0x01, 0x10, 0x20];
        for (text, wanted) in [
            ("bytes 1, offset 0, oper +, rvalue 4, result r", Some(5)),
            ("bytes 1, offset 0, oper -, rvalue 4, result r", None),
            ("bytes 2, offset 0, oper *, rvalue x, result r, relative", Some(0x3060)),
            ("bytes 2, offset 0, oper /, rvalue 2, result r, relative, endian little", Some(0x1008)),
            ("bytes 1, offset 1, oper <<, rvalue x, result r", Some(0x80)),
            ("bytes 1, offset 1, oper >>, rvalue 2, result r, bitmask 0xf0", Some(0)),
            ("bytes 1, offset 0, oper /, rvalue 0, result r", None),
            ("bytes 1, offset 0, oper <<, rvalue 64, result r", None),
            ("bytes 4, offset 0, oper +, rvalue 1, result r", None),
        ] {
            assert_eq!(result(text, &region), wanted, "{text}");
        }
        assert_eq!(result("oper +,rvalue 1,result r,bytes 2,offset 0,string hex", b"1f"), Some(0x20));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = |text: &str| ByteMath::parse(text, &mut Names::default()).unwrap_err();
        assert!(wrong("bytes 1, offset 0, oper +, rvalue 4").contains("result is missing"));
        assert!(wrong("bytes 1, offset 0, oper %, rvalue 4, result r").contains("'%'"));
        assert!(wrong("bytes 1, offset 0, oper +, rvalue y, result r").contains("'y'"));
        assert!(wrong("bytes 1, offset 0, oper +, rvalue 4, result r, up").contains("'up'"));
    }
}
