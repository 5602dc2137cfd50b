//! Keywords about decoded S7comm (`s7.…`) and S7comm-plus (`s7comm_plus.…`); `rules/README.md` explains them.

use super::keyword::{Keyword, Wanted, all_hold, depend_on_more};
use super::number::number;
use crate::event::{Function, Item, Object, Operation, Protocol, S7Address, Value};

/// Everything that the keywords of one rule ask; all must hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct S7Condition {
    plus: bool,
    keywords: Vec<Keyword<Asked>>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Asked {
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

/// Acts that are named after the role in which the client called: another connection's may be another.
const BY_ROLE: [&str; 3] = ["hmi_read", "read_variables", "subscribed_values"];

impl S7Condition {
    /// What a rule of the protocol in its header asks before any keyword.
    pub fn of_protocol(name: &str) -> Option<Self> {
        let plus = match name {
            "s7comm" => false,
            "s7comm_plus" => true,
            _ => return None,
        };
        Some(S7Condition { plus, keywords: Vec::new() })
    }

    /// Adds a keyword to what a rule asks so far.
    pub fn with(before: Option<Self>, keyword: &str, value: &str) -> Result<Self, String> {
        let plus = keyword.starts_with("s7comm_plus.");
        let mut condition = before.unwrap_or(S7Condition { plus, keywords: Vec::new() });
        if condition.plus != plus {
            return Err("keywords of S7comm and of S7comm-plus cannot stand in one rule".to_owned());
        }
        condition.keywords.push(Keyword::parse(value, |text| Asked::parse(keyword, text))?);
        Ok(condition)
    }

    /// Whether an operation, with or without its answer, meets the condition.
    pub fn holds(&self, protocol: Protocol, operation: &Operation) -> bool {
        self.is_about(protocol) && all_hold(&self.keywords, operation)
    }

    /// See [`depend_on_more`].
    pub fn depends_on_more(&self, protocol: Protocol, operation: &Operation) -> bool {
        self.is_about(protocol) && depend_on_more(&self.keywords, operation)
    }

    fn is_about(&self, protocol: Protocol) -> bool {
        protocol == if self.plus { Protocol::S7commPlus } else { Protocol::S7comm }
    }
}

impl Asked {
    fn parse(keyword: &str, text: &str) -> Result<Self, String> {
        match keyword {
            "s7.rosctr" => rosctr(text),
            "s7.function" | "s7comm_plus.function" => {
                Ok(number(text).map_or_else(|_| Asked::Name(text.to_ascii_lowercase()), Asked::Code))
            }
            "s7.userdata" => userdata(text),
            "s7.szl" => {
                let (id, index) = parts(text);
                Ok(Asked::List { id: short(id)?, index: index.map(short).transpose()? })
            }
            "s7.pi" => Ok(Asked::Service(text.to_owned())),
            "s7.block" => Ok(Asked::Block(text.to_ascii_uppercase())),
            "s7.area" => Ok(area(text)),
            "s7comm_plus.attribute" => attribute(text),
            other => Err(format!("'{other}' is no keyword of S7")),
        }
    }
}

impl Wanted for Asked {
    fn is_settled(&self, operation: &Operation, _negated: bool) -> bool {
        match self {
            Asked::Name(name) => !BY_ROLE.contains(&name.as_str()),
            Asked::List { index, .. } => index.is_none(),
            Asked::Attribute { value, .. } => value.is_none() && READ_AND_WRITE.contains(&operation.function.code),
            _ => true,
        }
    }

    fn holds(&self, operation: &Operation) -> bool {
        let function = &operation.function;
        match self {
            Asked::Rosctr(wanted) => [&function.rosctr, &function.answer].into_iter().flatten().any(|it| it == wanted),
            Asked::Code(code) => !is_userdata(function) && function.code == *code,
            Asked::Name(name) => function.name == name.as_str() || function.act.as_deref() == Some(name),
            Asked::Group { group, subfunction } => {
                function.group == Some(*group) && subfunction.is_none_or(|wanted| function.subfunction == Some(wanted))
            }
            Asked::List { id, index } => {
                function.szl_id == Some(*id) && index.is_none_or(|wanted| function.szl_index == Some(wanted))
            }
            Asked::Service(service) => function.service.as_deref() == Some(service),
            Asked::Block(block) => operation.items.iter().any(|item| is_block(item, block)),
            Asked::Area { area, block } => addresses(operation)
                .any(|address| address.area.eq_ignore_ascii_case(area) && (block.is_none() || address.db == *block)),
            Asked::Attribute { id, value } => operation.items.iter().any(|item| {
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

fn rosctr(text: &str) -> Result<Asked, String> {
    let named = |(name, code): &&(&'static str, u32)| *name == text || number(text) == Ok(*code);
    let found =
        ROSCTRS.iter().find(named).ok_or_else(|| format!("'{text}' is none of job, ack, ack_data, userdata"))?;
    Ok(Asked::Rosctr(found.0))
}

/// `cpu`, `4`, `cpu/0x01`, or a function's name.
fn userdata(text: &str) -> Result<Asked, String> {
    let (first, second) = parts(text);
    let named = GROUPS.iter().find(|(name, _)| *name == first).map(|(_, code)| *code);
    let Some(group) = named.or_else(|| number::<u8>(first).ok()) else {
        return if second.is_none() {
            Ok(Asked::Name(first.to_owned()))
        } else {
            Err(format!("'{first}' is no group"))
        };
    };
    Ok(Asked::Group { group, subfunction: second.map(short).transpose()? })
}

/// `Q`, `DB`, `DB10`.
fn area(text: &str) -> Asked {
    let letters = text.trim_end_matches(|digit: char| digit.is_ascii_digit());
    match text[letters.len()..].parse() {
        Ok(block) if letters.eq_ignore_ascii_case("DB") || letters.eq_ignore_ascii_case("DI") => {
            Asked::Area { area: letters.to_owned(), block: Some(block) }
        }
        _ => Asked::Area { area: text.to_owned(), block: None },
    }
}

/// `2167` or `2167=1`.
fn attribute(text: &str) -> Result<Asked, String> {
    let (id, value) = text.split_once('=').map_or((text, None), |(id, value)| (id.trim(), Some(value.trim())));
    let value = value.map(|value| value.parse().map_err(|_| format!("'{value}' is no whole number"))).transpose()?;
    Ok(Asked::Attribute { id: number(id)?, value })
}

fn parts(text: &str) -> (&str, Option<&str>) {
    text.split_once('/').map_or((text, None), |(first, second)| (first.trim(), Some(second.trim())))
}

fn short(text: &str) -> Result<u16, String> {
    number(text).map_err(|_| format!("'{text}' is no number up to 65535"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Block, Class, S7PlusAddress};
    use crate::signature::sample::accepted;

    fn condition(keywords: &[(&str, &str)]) -> S7Condition {
        let add = |before, (keyword, value): &(&str, &str)| S7Condition::with(before, keyword, value).map(Some);
        keywords.iter().try_fold(None, add).unwrap().unwrap()
    }

    fn operation(function: Function, objects: Vec<(Object, Vec<Value>)>) -> Operation {
        let item = |(object, values)| Item { values, ..Item::new(object) };
        accepted(function, Class::Read, objects.into_iter().map(item))
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
