//! Keywords about decoded OPC UA (`opcua.…`); `rules/README.md` explains them.

use super::keyword::{Keyword, Wanted, all_hold, depend_on_more};
use super::number::number;
use super::syntax::unquoted;
use crate::event::{Method, Node, Object, Operation, Outcome, ProtocolError};

/// Everything that the keywords of one rule ask; all must hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OpcuaCondition {
    keywords: Vec<Keyword<Asked>>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Asked {
    /// Encoding id of the request.
    Code(u32),
    /// The service's name, as events tell it.
    Service(String),
    Node {
        text: Text,
        attribute: Option<u32>,
    },
    Method(Text),
    Policy {
        policy: Text,
        mode: Option<&'static str>,
    },
    Status(Status),
    User(Text),
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Status {
    /// Answered, and nothing was said against it.
    Good,
    /// Severity of the status code: its two highest bits.
    Severity(u32),
    Code(u32),
    Name(String),
}

/// A text in which `*` stands for anything.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Text(String);

const MODES: [&str; 3] = ["none", "sign", "sign_and_encrypt"];
/// Attributes from 1 on (OPC 10000-6 annex A.1).
const ATTRIBUTES: [&str; 27] = [
    "node_id",
    "node_class",
    "browse_name",
    "display_name",
    "description",
    "write_mask",
    "user_write_mask",
    "is_abstract",
    "symmetric",
    "inverse_name",
    "contains_no_loops",
    "event_notifier",
    "value",
    "data_type",
    "value_rank",
    "array_dimensions",
    "access_level",
    "user_access_level",
    "minimum_sampling_interval",
    "historizing",
    "executable",
    "user_executable",
    "data_type_definition",
    "role_permissions",
    "user_role_permissions",
    "access_restrictions",
    "access_level_ex",
];
/// How node ids begin (OPC 10000-6 section 5.3.1.10); what begins otherwise is a name or a path.
const NODE_IDS: [&str; 7] = ["ns=", "nsu=", "svr=", "i=", "s=", "g=", "b="];
/// Notifications, whose items are known one by one.
const NOTIFICATIONS: [u32; 2] = [826, 832];
const UNCERTAIN: u32 = 1;
const BAD: u32 = 2;
/// The rest of a status code is flags (OPC 10000-4 section 7.39).
const STATUS_BITS: u32 = 0xffff_0000;

impl OpcuaCondition {
    /// What a rule of the protocol in its header asks before any keyword.
    pub fn of_protocol(name: &str) -> Option<Self> {
        (name == "opcua").then(OpcuaCondition::default)
    }

    /// Adds a keyword to what a rule asks so far.
    pub fn with(before: Option<Self>, keyword: &str, value: &str) -> Result<Self, String> {
        let mut condition = before.unwrap_or_default();
        condition.keywords.push(Keyword::parse(value, |text| Asked::parse(keyword, text))?);
        Ok(condition)
    }

    /// Whether an operation, with or without its answer, meets the condition.
    pub fn holds(&self, operation: &Operation) -> bool {
        all_hold(&self.keywords, operation)
    }

    /// See [`depend_on_more`].
    pub fn depends_on_more(&self, operation: &Operation) -> bool {
        depend_on_more(&self.keywords, operation)
    }
}

impl Asked {
    fn parse(keyword: &str, text: &str) -> Result<Self, String> {
        match keyword {
            "opcua.service" => Ok(number(text).map_or_else(|_| Asked::Service(text.to_ascii_lowercase()), Asked::Code)),
            "opcua.node" => node(text),
            "opcua.method" => Ok(Asked::Method(Text(unquoted(text)))),
            "opcua.policy" => policy(text),
            "opcua.status" => Ok(Asked::Status(status(text))),
            "opcua.user" => Ok(Asked::User(Text(unquoted(text)))),
            other => Err(format!("'{other}' is no keyword of OPC UA")),
        }
    }
}

impl Wanted for Asked {
    fn holds(&self, operation: &Operation) -> bool {
        let channel = operation.channel.as_ref();
        match self {
            Asked::Code(code) => operation.function.code == *code,
            Asked::Service(name) => operation.function.name == name.as_str(),
            Asked::Node { text, attribute } => objects(operation).any(|object| text.is_of_node(object, *attribute)),
            Asked::Method(text) => objects(operation).any(|object| text.is_of_method(object)),
            Asked::Policy { policy, mode } => channel.is_some_and(|channel| {
                let used = channel.policy.as_deref().map(str::to_ascii_lowercase);
                used.is_some_and(|used| policy.fits(&used)) && (mode.is_none() || channel.mode.as_deref() == *mode)
            }),
            Asked::Status(status) => status.holds(operation),
            Asked::User(text) => {
                channel.and_then(|channel| channel.user.as_deref()).is_some_and(|user| text.fits(user))
            }
        }
    }

    fn is_settled(&self, operation: &Operation, negated: bool) -> bool {
        let one_by_one = NOTIFICATIONS.contains(&operation.function.code) && operation.items.len() > 1;
        match self {
            // Only what went well in all its parts is ever taken for known.
            Asked::Code(_) | Asked::Service(_) | Asked::Status(_) => true,
            Asked::Node { text, .. } => {
                !(negated && one_by_one) && (text.is_node_id() || objects(operation).all(is_named))
            }
            Asked::Method(text) => text.is_node_id() || objects(operation).all(is_named),
            Asked::Policy { .. } | Asked::User(_) => false,
        }
    }
}

impl Status {
    fn holds(&self, operation: &Operation) -> bool {
        let mut told = statuses(operation);
        match self {
            Status::Good => operation.outcome == Outcome::Accepted && told.next().is_none(),
            Status::Severity(severity) => told.any(|status| status.code >> 30 == *severity),
            Status::Code(code) => told.any(|status| status.code & STATUS_BITS == code & STATUS_BITS),
            Status::Name(name) => told.any(|status| status.name.eq_ignore_ascii_case(name)),
        }
    }
}

impl Text {
    fn is_node_id(&self) -> bool {
        NODE_IDS.iter().any(|begin| self.0.starts_with(begin))
    }

    /// By node id, or by name or path.
    fn is_of_node(&self, object: &Object, attribute: Option<u32>) -> bool {
        match object {
            Object::Node(node) => {
                attribute.is_none_or(|wanted| node.attribute == wanted)
                    && self.fits_any(&node.node, [&node.name, &node.path])
            }
            Object::Method(method) if attribute.is_none() => {
                self.fits_any(&method.object, [&method.object_name, &None])
            }
            _ => false,
        }
    }

    fn is_of_method(&self, object: &Object) -> bool {
        matches!(object, Object::Method(method) if self.fits_any(&method.method, [&method.method_name, &None]))
    }

    fn fits_any(&self, id: &str, names: [&Option<String>; 2]) -> bool {
        self.fits(id) || names.into_iter().flatten().any(|name| self.fits(name))
    }

    fn fits(&self, text: &str) -> bool {
        let mut parts = self.0.split('*');
        let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
        let Some(last) = parts.next_back() else { return rest.is_empty() };
        for part in parts {
            let Some((_, behind)) = rest.split_once(part) else { return false };
            rest = behind;
        }
        rest.ends_with(last)
    }
}

fn objects(operation: &Operation) -> impl Iterator<Item = &Object> {
    operation.items.iter().filter_map(|item| item.object.as_ref())
}

/// The names of what has none yet may be learnt later.
fn is_named(object: &Object) -> bool {
    match object {
        Object::Node(Node { name, path, .. }) => name.is_some() && path.is_some(),
        Object::Method(Method { object_name, method_name, .. }) => object_name.is_some() && method_name.is_some(),
        _ => true,
    }
}

/// What the server said that is more than good: of the whole, and of each part.
fn statuses(operation: &Operation) -> impl Iterator<Item = &ProtocolError> {
    let of_items = operation.items.iter().flat_map(|item| &item.error);
    operation.error.iter().chain(of_items)
}

/// `Level`, `/Objects/2:Tank1/*`, `"ns=2;s=Level"`, `"ns=2;s=Level"/access_level`.
fn node(text: &str) -> Result<Asked, String> {
    let Some((quoted, name)) = text.rsplit_once("\"/") else {
        return Ok(Asked::Node { text: Text(unquoted(text)), attribute: None });
    };
    let named = ATTRIBUTES.iter().zip(1..).find(|(known, _)| **known == name).map(|(_, id)| id);
    let attribute = named.or_else(|| number(name).ok()).ok_or_else(|| format!("'{name}' is no attribute"))?;
    Ok(Asked::Node { text: Text(unquoted(&format!("{quoted}\""))), attribute: Some(attribute) })
}

/// `None`, `Basic256Sha256/sign`, `*/none`.
fn policy(text: &str) -> Result<Asked, String> {
    let (policy, mode) = text.split_once('/').map_or((text, None), |(policy, mode)| (policy.trim(), Some(mode.trim())));
    let find = |wanted| MODES.into_iter().find(|mode| *mode == wanted);
    let mode = mode
        .map(|mode| find(mode).ok_or_else(|| format!("'{mode}' is none of none, sign, sign_and_encrypt")))
        .transpose()?;
    Ok(Asked::Policy { policy: Text(policy.to_ascii_lowercase()), mode })
}

fn status(text: &str) -> Status {
    match text.to_ascii_lowercase().as_str() {
        "good" => Status::Good,
        "uncertain" => Status::Severity(UNCERTAIN),
        "bad" => Status::Severity(BAD),
        _ => number(text).map_or_else(|_| Status::Name(text.to_owned()), Status::Code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Channel, Class, Function, Item};
    use crate::signature::sample::accepted;

    fn condition(keywords: &[(&str, &str)]) -> OpcuaCondition {
        let add = |before, (keyword, value): &(&str, &str)| OpcuaCondition::with(before, keyword, value).map(Some);
        keywords.iter().try_fold(None, add).unwrap().unwrap()
    }

    fn operation(function: Function, objects: Vec<Object>) -> Operation {
        let (policy, user) = (Some("Basic256Sha256".into()), Some("mes".into()));
        let channel = Some(Channel { policy, mode: Some("sign".into()), user, ..Channel::default() });
        Operation { channel, ..accepted(function, Class::Write, objects.into_iter().map(Item::new)) }
    }

    fn node(node: &str, attribute: u32, name: Option<&str>, path: Option<&str>) -> Object {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Object::Node(Node { node: node.into(), attribute, name: text(name), path: text(path), namespace: None })
    }

    fn write(object: Object) -> Operation {
        operation(Function::new(673, "write"), vec![object])
    }

    #[test]
    fn nodes_are_found_by_id_by_name_and_by_path() {
        let level = write(node("ns=2;s=Tank,1", 13, Some("Level"), Some("/Objects/2:Tank1/2:Level")));
        let holds = |value: &str| condition(&[("opcua.node", value)]).holds(&level);
        assert!(holds(r#""ns=2;s=Tank,1""#) && holds("Level") && holds("/Objects/*/2:Level") && holds("/Objects/*"));
        assert!(holds(r#"i=85, "ns=2;*""#) && holds(r#""*"/value"#) && holds(r#""Level"/13"#));
        assert!(!holds("Lev") && !holds(r#""ns=2;s=Tank""#) && !holds(r#""Level"/access_level"#));
        assert!(holds(r#"!"ns=3;*", i=85"#) && !holds("!Level"));
    }

    #[test]
    fn a_method_is_found_and_so_is_its_object() {
        let method = Method {
            object: "ns=2;i=1".into(),
            method: "ns=2;i=7".into(),
            method_name: Some("Reboot".into()),
            ..Method::default()
        };
        let call = operation(Function::new(712, "call"), vec![Object::Method(method)]);
        let holds = |keyword: &str, value: &str| condition(&[(keyword, value)]).holds(&call);
        assert!(holds("opcua.method", "Reboot") && holds("opcua.method", r#""ns=2;i=7""#));
        assert!(holds("opcua.node", r#""ns=2;i=1""#));
        assert!(!holds("opcua.method", r#""ns=2;i=1""#) && !holds("opcua.node", "Reboot"));
    }

    #[test]
    fn service_policy_and_user_are_found() {
        let level = write(node("ns=2;s=Level", 13, None, None));
        let holds = |keyword: &str, value: &str| condition(&[(keyword, value)]).holds(&level);
        assert!(holds("opcua.service", "call, write") && holds("opcua.service", "673"));
        assert!(holds("opcua.policy", "basic256sha256") && holds("opcua.policy", "*/sign"));
        assert!(!holds("opcua.policy", "None") && !holds("opcua.policy", "*/none"));
        assert!(holds("opcua.user", "mes") && holds("opcua.user", "!anonymous, certificate"));
    }

    #[test]
    fn status_is_found_of_the_whole_and_of_each_part() {
        let mut level = write(node("ns=2;s=Level", 13, None, None));
        let holds = |operation: &Operation, value: &str| condition(&[("opcua.status", value)]).holds(operation);
        assert!(holds(&level, "good") && !holds(&level, "bad"));
        level.items[0].error = Some(ProtocolError::new(0x803b_0400, "BadNotWritable"));
        assert!(holds(&level, "badnotwritable") && holds(&level, "bad") && holds(&level, "0x803b0000"));
        assert!(!holds(&level, "good") && !holds(&level, "uncertain") && !holds(&level, "BadNodeIdUnknown"));
    }

    #[test]
    fn what_may_hold_next_time_is_looked_at_each_time() {
        let unnamed = write(node("ns=2;s=Level", 13, None, None));
        let depends = |keywords: &[(&str, &str)]| condition(keywords).depends_on_more(&unnamed);
        assert!(depends(&[("opcua.node", "Level")]), "its name may be learnt later");
        assert!(depends(&[("opcua.user", "anonymous")]));
        assert!(!depends(&[("opcua.node", r#""ns=2;s=Other""#)]));
        assert!(!depends(&[("opcua.service", "call"), ("opcua.user", "anonymous")]));
        assert!(!depends(&[("opcua.service", "write"), ("opcua.status", "bad")]), "what failed is never known");
    }

    #[test]
    fn what_does_not_load_says_why() {
        let wrong = |keyword: &str, value: &str| OpcuaCondition::with(None, keyword, value).unwrap_err();
        assert!(wrong("opcua.node", r#""i=85"/colour"#).contains("no attribute"));
        assert!(wrong("opcua.policy", "None/encrypted").contains("none of none"));
        assert!(wrong("opcua.user", "mes,").contains("missing"));
        assert!(wrong("opcua.color", "red").contains("no keyword"));
    }
}
