//! Keywords about decoded S7comm (`s7.…`) and S7comm-plus (`s7comm_plus.…`); `rules/README.md` explains them.

use crate::event::{Function, Item, Object, Operation, Protocol, S7Address, Value};

/// Everything that the keywords of one rule ask; all must hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct S7Condition {
    plus: bool,
    tests: Vec<Test>,
}

/// One keyword: any of its alternatives, or none of them where it is negated.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Test {
    negated: bool,
    any: Vec<Wanted>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Wanted {
    Rosctr(&'static str),
    /// Function of a job, or of S7comm-plus.
    Code(u32),
    /// Function or act by name.
    Name(String),
    Group {
        group: u8,
        subfunction: Option<u16>,
    },
    List {
        id: u16,
        index: Option<u16>,
    },
    Service(String),
    Block(String),
    Area {
        area: String,
        block: Option<u16>,
    },
    Attribute {
        id: u32,
        value: Option<i64>,
    },
}

/// Kinds of PDU with their numbers.
const ROSCTRS: [(&str, u32); 4] = [("job", 1), ("ack", 2), ("ack_data", 3), ("userdata", 7)];
/// Groups of userdata with their numbers.
const GROUPS: [(&str, u8); 9] = [
    ("mode_transition", 0),
    ("programmer", 1),
    ("cyclic", 2),
    ("block", 3),
    ("cpu", 4),
    ("security", 5),
    ("pbc", 6),
    ("time", 7),
    ("nc_program", 15),
];
const USERDATA: &str = "userdata";
/// Functions whose every attribute names what is known: another request of the same key has the same attributes.
const READ_AND_WRITE: [u32; 2] = [0x0542, 0x054c];

impl S7Condition {
    /// What a rule of the protocol in its header asks before any keyword.
    pub fn of_protocol(name: &str) -> Option<Self> {
        let plus = match name {
            "s7comm" => false,
            "s7comm_plus" => true,
            _ => return None,
        };
        Some(S7Condition { plus, tests: Vec::new() })
    }

    /// Adds a keyword to what a rule asks so far.
    pub fn with(before: Option<Self>, keyword: &str, value: &str) -> Result<Self, String> {
        let plus = keyword.starts_with("s7comm_plus.");
        let mut condition = before.unwrap_or(S7Condition { plus, tests: Vec::new() });
        if condition.plus != plus {
            return Err("keywords of S7comm and of S7comm-plus cannot stand in one rule".to_owned());
        }
        condition.tests.push(Test::parse(keyword, value)?);
        Ok(condition)
    }

    /// Whether an operation, with or without its answer, meets the condition.
    pub fn holds(&self, protocol: Protocol, operation: &Operation) -> bool {
        self.is_about(protocol) && self.tests.iter().all(|test| test.holds(operation))
    }

    /// Whether another request of the same function on the same objects could meet it where this one does not. Such
    /// behaviour is never taken for known.
    pub fn depends_on_more(&self, protocol: Protocol, operation: &Operation) -> bool {
        let settled = |test: &Test| test.is_settled(operation);
        self.is_about(protocol)
            && !self.tests.iter().all(settled)
            && self.tests.iter().filter(|test| settled(test)).all(|test| test.holds(operation))
    }

    fn is_about(&self, protocol: Protocol) -> bool {
        protocol == if self.plus { Protocol::S7commPlus } else { Protocol::S7comm }
    }
}

impl Test {
    fn parse(keyword: &str, value: &str) -> Result<Self, String> {
        let (negated, list) = value.trim().strip_prefix('!').map_or((false, value), |rest| (true, rest));
        let any = list.split(',').map(|text| Wanted::parse(keyword, text.trim())).collect::<Result<_, _>>()?;
        Ok(Test { negated, any })
    }

    fn holds(&self, operation: &Operation) -> bool {
        self.any.iter().any(|wanted| wanted.holds(operation)) != self.negated
    }

    /// Whether function and objects alone decide.
    fn is_settled(&self, operation: &Operation) -> bool {
        self.any.iter().all(|wanted| match wanted {
            Wanted::List { index, .. } => index.is_none(),
            Wanted::Attribute { value, .. } => value.is_none() && READ_AND_WRITE.contains(&operation.function.code),
            _ => true,
        })
    }
}

impl Wanted {
    fn parse(keyword: &str, text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("a value is missing".to_owned());
        }
        match keyword {
            "s7.rosctr" => rosctr(text),
            "s7.function" | "s7comm_plus.function" => {
                Ok(number(text).map_or_else(|_| Wanted::Name(text.to_ascii_lowercase()), Wanted::Code))
            }
            "s7.userdata" => userdata(text),
            "s7.szl" => {
                let (id, index) = parts(text);
                Ok(Wanted::List { id: short(id)?, index: index.map(short).transpose()? })
            }
            "s7.pi" => Ok(Wanted::Service(text.to_owned())),
            "s7.block" => Ok(Wanted::Block(text.to_ascii_uppercase())),
            "s7.area" => Ok(area(text)),
            "s7comm_plus.attribute" => attribute(text),
            other => Err(format!("'{other}' is no keyword of S7")),
        }
    }

    fn holds(&self, operation: &Operation) -> bool {
        let function = &operation.function;
        match self {
            Wanted::Rosctr(wanted) => [&function.rosctr, &function.answer].into_iter().flatten().any(|it| it == wanted),
            Wanted::Code(code) => !is_userdata(function) && function.code == *code,
            Wanted::Name(name) => function.name == name.as_str() || function.act.as_deref() == Some(name),
            Wanted::Group { group, subfunction } => {
                function.group == Some(*group) && subfunction.is_none_or(|wanted| function.subfunction == Some(wanted))
            }
            Wanted::List { id, index } => {
                function.szl_id == Some(*id) && index.is_none_or(|wanted| function.szl_index == Some(wanted))
            }
            Wanted::Service(service) => function.service.as_deref() == Some(service),
            Wanted::Block(block) => operation.items.iter().any(|item| is_block(item, block)),
            Wanted::Area { area, block } => addresses(operation)
                .any(|address| address.area.eq_ignore_ascii_case(area) && (block.is_none() || address.db == *block)),
            Wanted::Attribute { id, value } => operation.items.iter().any(|item| {
                matches!(&item.object, Some(Object::S7Plus(place)) if place.path.contains(id))
                    && value.is_none_or(|wanted| item.values.iter().any(|value| is_number(value, wanted)))
            }),
        }
    }
}

fn is_userdata(function: &Function) -> bool {
    function.rosctr.as_deref() == Some(USERDATA)
}

fn addresses(operation: &Operation) -> impl Iterator<Item = &S7Address> {
    operation.items.iter().filter_map(|item| match &item.object {
        Some(Object::S7(address)) => Some(address),
        _ => None,
    })
}

/// `OB1` is one block, `OB` all of their kind.
fn is_block(item: &Item, wanted: &str) -> bool {
    let Some(Object::Block(block)) = &item.object else { return false };
    block.block == wanted || block.block.trim_end_matches(|digit: char| digit.is_ascii_digit()) == wanted
}

fn is_number(value: &Value, wanted: i64) -> bool {
    match value {
        Value::Bool(on) => i64::from(*on) == wanted,
        Value::UInt(number) => i64::try_from(*number) == Ok(wanted),
        Value::Int(number) => *number == wanted,
        _ => false,
    }
}

fn rosctr(text: &str) -> Result<Wanted, String> {
    let named = |(name, code): &&(&'static str, u32)| *name == text || number(text) == Ok(*code);
    let found =
        ROSCTRS.iter().find(named).ok_or_else(|| format!("'{text}' is none of job, ack, ack_data, userdata"))?;
    Ok(Wanted::Rosctr(found.0))
}

/// `cpu`, `4`, `cpu/0x01`, or a function's name.
fn userdata(text: &str) -> Result<Wanted, String> {
    let (first, second) = parts(text);
    let named = GROUPS.iter().find(|(name, _)| *name == first).map(|(_, code)| *code);
    let Some(group) = named.or_else(|| number(first).ok().and_then(|code| u8::try_from(code).ok())) else {
        return if second.is_none() {
            Ok(Wanted::Name(first.to_owned()))
        } else {
            Err(format!("'{first}' is no group"))
        };
    };
    Ok(Wanted::Group { group, subfunction: second.map(short).transpose()? })
}

/// `Q`, `DB`, `DB10`.
fn area(text: &str) -> Wanted {
    let letters = text.trim_end_matches(|digit: char| digit.is_ascii_digit());
    match text[letters.len()..].parse() {
        Ok(block) if letters.eq_ignore_ascii_case("DB") || letters.eq_ignore_ascii_case("DI") => {
            Wanted::Area { area: letters.to_owned(), block: Some(block) }
        }
        _ => Wanted::Area { area: text.to_owned(), block: None },
    }
}

/// `2167` or `2167=1`.
fn attribute(text: &str) -> Result<Wanted, String> {
    let (id, value) = text.split_once('=').map_or((text, None), |(id, value)| (id.trim(), Some(value.trim())));
    let value = value.map(|value| value.parse().map_err(|_| format!("'{value}' is no whole number"))).transpose()?;
    Ok(Wanted::Attribute { id: number(id)?, value })
}

fn parts(text: &str) -> (&str, Option<&str>) {
    text.split_once('/').map_or((text, None), |(first, second)| (first.trim(), Some(second.trim())))
}

fn short(text: &str) -> Result<u16, String> {
    u16::try_from(number(text)?).map_err(|_| format!("'{text}' is no number up to 65535"))
}

/// Decimal, or hexadecimal behind `0x`.
fn number(text: &str) -> Result<u32, String> {
    let digits = text.strip_prefix("0x");
    let number = digits.map_or_else(|| text.parse().ok(), |digits| u32::from_str_radix(digits, 16).ok());
    number.ok_or_else(|| format!("'{text}' is no number: 41 or 0x29 is wanted"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Block, Class, Outcome, S7PlusAddress};

    fn condition(keywords: &[(&str, &str)]) -> S7Condition {
        let add = |before, (keyword, value): &(&str, &str)| S7Condition::with(before, keyword, value).map(Some);
        keywords.iter().try_fold(None, add).unwrap().unwrap()
    }

    fn operation(function: Function, objects: Vec<(Object, Vec<Value>)>) -> Operation {
        let item = |(object, values)| Item { values, ..Item::new(object) };
        Operation {
            unit: None,
            function,
            class: Class::Read,
            items: objects.into_iter().map(item).collect(),
            outcome: Outcome::Accepted,
            error: None,
            request_seen: true,
            response_seen: true,
            latency_us: None,
            transaction: None,
            channel: None,
        }
    }

    fn list(id: u16, index: u16) -> Operation {
        let rosctr = Some(USERDATA.into());
        let (group, subfunction) = (Some(4), Some(1));
        let (szl_id, szl_index) = (Some(id), Some(index));
        let name = Function::new(4, "read_szl");
        operation(Function { rosctr, group, subfunction, szl_id, szl_index, ..name }, vec![])
    }

    fn setting(id: u32, value: i64) -> Operation {
        let object =
            Object::S7Plus(S7PlusAddress { rid: 52, path: vec![id].into(), crc: None, address: String::new() });
        let function = Function { act: Some("stop".into()), ..Function::new(0x04f2, "set_variable") };
        operation(function, vec![(object, vec![Value::Int(value)])])
    }

    #[test]
    fn lists_are_found_by_group_and_by_id() {
        let holds = |keywords: &[(&str, &str)]| condition(keywords).holds(Protocol::S7comm, &list(0x0232, 4));
        assert!(holds(&[("s7.userdata", "cpu")]));
        assert!(holds(&[("s7.userdata", "4/0x01"), ("s7.szl", "0x0232/4")]));
        assert!(holds(&[("s7.userdata", "read_szl"), ("s7.rosctr", "7")]));
        assert!(holds(&[("s7.szl", "0x0424, 0x0232")]));
        assert!(!holds(&[("s7.szl", "!0x0424, 0x0232")]));
        assert!(!holds(&[("s7.szl", "0x0232/5")]));
        // A userdata group is no job of the same number.
        assert!(!holds(&[("s7.function", "4")]));
    }

    #[test]
    fn blocks_are_found_one_by_one_and_by_kind() {
        let block = Object::Block(Block { block: "OB35".into(), file: "_0800035P".into() });
        let function = Function { act: Some("download".into()), ..Function::new(0x1a, "request_download") };
        let download = operation(function, vec![(block, vec![])]);
        let holds = |value: &str| condition(&[("s7.block", value)]).holds(Protocol::S7comm, &download);
        assert!(holds("OB35") && holds("ob") && holds("SDB, OB35"));
        assert!(!holds("OB3") && !holds("O") && !holds("OB1"));
        assert!(condition(&[("s7.function", "download")]).holds(Protocol::S7comm, &download));
        assert!(condition(&[("s7.function", "0x1a")]).holds(Protocol::S7comm, &download));
    }

    #[test]
    fn attributes_are_found_with_their_values() {
        let stop = condition(&[("s7comm_plus.function", "0x04f2"), ("s7comm_plus.attribute", "2167=1")]);
        assert!(stop.holds(Protocol::S7commPlus, &setting(2167, 1)));
        assert!(!stop.holds(Protocol::S7commPlus, &setting(2167, 3)));
        assert!(!stop.holds(Protocol::S7comm, &setting(2167, 1)));
        // Another value may come next time.
        assert!(stop.depends_on_more(Protocol::S7commPlus, &setting(2167, 3)));
    }

    #[test]
    fn what_index_a_list_has_is_looked_at_each_time() {
        let position = condition(&[("s7.szl", "0x0232/4")]);
        assert!(position.depends_on_more(Protocol::S7comm, &list(0x0232, 1)));
        let any = condition(&[("s7.szl", "0x0232")]);
        assert!(!any.depends_on_more(Protocol::S7comm, &list(0x0232, 1)));
        assert!(!position.depends_on_more(Protocol::S7commPlus, &list(0x0232, 1)));
    }

    #[test]
    fn what_does_not_load_says_why() {
        let wrong = |keyword: &str, value: &str| S7Condition::with(None, keyword, value).unwrap_err();
        assert!(wrong("s7.rosctr", "jobs").contains("none of job"));
        assert!(wrong("s7.szl", "0x1ffff").contains("65535"));
        assert!(wrong("s7.szl", "abc").contains("no number"));
        assert!(wrong("s7.userdata", "cpus/1").contains("no group"));
        assert!(wrong("s7comm_plus.attribute", "2167=x").contains("whole number"));
        assert!(wrong("s7.block", "OB1,").contains("missing"));
        let both = S7Condition::with(Some(condition(&[("s7.pi", "_INSE")])), "s7comm_plus.function", "explore");
        assert!(both.unwrap_err().contains("one rule"));
    }
}
