//! What nodes are called and where they hang, as far as the server's clients have made it tell.

use std::fmt::Write;

use super::codes;
use super::types::{NodeId, QualifiedName};
use crate::event::{Map, ObjectKey, clean_text};

/// Nodes of one server that are remembered; when it is full the earliest known stay.
const MAX_NODES: usize = 8192;
/// Characters of a name and of a path.
const MAX_NAME: usize = 128;
const MAX_PATH: usize = 512;
/// Steps up to the root: what hangs deeper, or in a circle, is shown without its beginning.
const MAX_STEPS: usize = 24;
/// Namespaces of one server, and characters of each URI.
const MAX_NAMESPACES: usize = 256;
const MAX_URI: usize = 256;

/// Learnt from Browse, Translate and Read; the standard's own nodes are known beforehand.
#[derive(Debug, Default)]
pub struct Names {
    /// By a hash of the node's text: a wrong name after a chosen collision would only be cosmetic.
    nodes: Map<u64, Known>,
    /// By number (OPC 10000-5 section 6.3.1).
    namespaces: Vec<Box<str>>,
    /// Working space.
    text: String,
    name: String,
}

#[derive(Clone, Debug, Default)]
struct Known {
    display: Option<Box<str>>,
    /// With its namespace's number.
    browse: Option<Box<str>>,
    place: Place,
}

#[derive(Clone, Debug, Default)]
enum Place {
    #[default]
    Unknown,
    Under(u64),
    /// Where a path ended that began at that node. Boxed, as few nodes are known by one.
    Path(Box<(u64, Box<str>)>),
}

/// What is known of a node beside its id.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Description {
    pub name: Option<String>,
    pub path: Option<String>,
    pub namespace: Option<String>,
}

impl Names {
    /// The name that is meant for people.
    pub fn learn_display(&mut self, node: &NodeId<'_>, name: &[u8]) {
        if is_standard(node) || name.is_empty() {
            return;
        }
        let Some(known) = self.known(node) else { return };
        // Most are called what they are browsed by: that is held once.
        let shown = known.display.as_deref().or(known.browse.as_deref().map(unqualified));
        if shown.is_none_or(|shown| shown.as_bytes() != name) {
            known.display = Some(clean_text(name, MAX_NAME).into_boxed_str());
        }
    }

    /// The name that paths are made of.
    pub fn learn_browse(&mut self, node: &NodeId<'_>, name: &QualifiedName<'_>) {
        if name.name.is_none_or(<[u8]>::is_empty) {
            return;
        }
        let mut text = std::mem::take(&mut self.name);
        text.clear();
        // Writing to a String does not fail.
        let _ = write!(text, "{name}");
        if let Some(known) = self.known(node)
            && known.browse.as_deref() != Some(&*text)
        {
            known.browse = Some(text.chars().take(MAX_NAME).collect::<String>().into_boxed_str());
        }
        self.name = text;
    }

    /// A node hangs under another one.
    pub fn learn_parent(&mut self, node: &NodeId<'_>, parent: &NodeId<'_>) {
        if root(node).is_some() || node == parent {
            return;
        }
        let above = self.key(parent);
        let Some(known) = self.known(node) else { return };
        if matches!(known.place, Place::Unknown) {
            known.place = Place::Under(above);
        }
    }

    /// A path that begins at `start` ends at a node.
    pub fn learn_path(&mut self, node: &NodeId<'_>, start: &NodeId<'_>, path: &str) {
        if root(node).is_some() || path.len() > MAX_PATH {
            return;
        }
        let from = self.key(start);
        let Some(known) = self.known(node) else { return };
        if matches!(known.place, Place::Unknown) {
            known.place = Place::Path(Box::new((from, path.into())));
        }
    }

    /// The server lets a node be asked for under another id, too (OPC 10000-4 section 5.9.5).
    pub fn learn_alias(&mut self, node: &NodeId<'_>, alias: &NodeId<'_>) {
        if node == alias || alias.is_null() {
            return;
        }
        let of = self.key(node);
        let key = self.key(alias);
        if self.nodes.contains_key(&key) || self.nodes.len() >= MAX_NODES {
            return;
        }
        let mut known = self.nodes.get(&of).cloned().unwrap_or_default();
        let standard = node.standard().and_then(codes::standard_node);
        known.display = known.display.or(standard.map(Into::into));
        if known.display.is_some() || known.browse.is_some() {
            self.nodes.insert(key, known);
        }
    }

    /// The server's NamespaceArray, one URI after the other.
    pub fn learn_namespace(&mut self, number: usize, uri: &[u8]) {
        if number >= MAX_NAMESPACES || number > self.namespaces.len() {
            return;
        }
        if self.namespaces.get(number).is_some_and(|known| known.as_bytes() == uri) {
            return;
        }
        let uri = clean_text(uri, MAX_URI).into_boxed_str();
        match self.namespaces.get_mut(number) {
            Some(known) => *known = uri,
            None => self.namespaces.push(uri),
        }
    }

    pub fn describe(&self, node: &NodeId<'_>) -> Description {
        self.describe_text(&node.to_string(), node.namespace)
    }

    /// By the node's text form.
    pub fn describe_text(&self, node: &str, namespace: u16) -> Description {
        let standard = standard_name(node);
        let known = self.nodes.get(&hash(node));
        let learnt = known.and_then(|known| known.display.as_deref().or(known.browse.as_deref().map(unqualified)));
        let uri = self.namespaces.get(usize::from(namespace)).filter(|_| namespace != 0);
        Description {
            name: standard.or(learnt).map(str::to_owned),
            path: self.path(hash(node)),
            namespace: uri.map(ToString::to_string),
        }
    }

    pub fn name(&self, node: &str) -> Option<String> {
        self.describe_text(node, 0).name
    }

    /// From the root down, as far as it is known; `None` where nothing is known above the node.
    fn path(&self, key: u64) -> Option<String> {
        let mut steps: Vec<&str> = Vec::new();
        let mut at = key;
        let mut hangs = false;
        for _ in 0..MAX_STEPS {
            if let Some(root) = root_of(at) {
                steps.push(root);
                break;
            }
            let Some(known) = self.nodes.get(&at) else { break };
            match &known.place {
                Place::Path(path) => {
                    steps.push(path.1.trim_start_matches('/'));
                    (at, hangs) = (path.0, true);
                }
                place => {
                    steps.push(known.browse.as_deref().or(known.display.as_deref()).unwrap_or("?"));
                    let Place::Under(above) = place else { break };
                    (at, hangs) = (*above, true);
                }
            }
        }
        let path = steps.iter().rev().fold(String::new(), |path, step| path + "/" + step);
        (hangs && path.len() > 1).then(|| path.chars().take(MAX_PATH).collect())
    }

    fn known(&mut self, node: &NodeId<'_>) -> Option<&mut Known> {
        let key = self.key(node);
        if self.nodes.len() >= MAX_NODES && !self.nodes.contains_key(&key) {
            return None;
        }
        Some(self.nodes.entry(key).or_default())
    }

    fn key(&mut self, node: &NodeId<'_>) -> u64 {
        self.text.clear();
        // Writing to a String does not fail.
        let _ = write!(self.text, "{node}");
        hash(&self.text)
    }
}

fn hash(node: &str) -> u64 {
    ObjectKey::text(node.as_bytes(), 0).space
}

fn is_standard(node: &NodeId<'_>) -> bool {
    node.standard().is_some_and(|id| codes::standard_node(id).is_some())
}

fn standard_name(node: &str) -> Option<&'static str> {
    node.strip_prefix("i=").and_then(|number| number.parse().ok()).and_then(codes::standard_node)
}

fn unqualified(name: &str) -> &str {
    match name.split_once(':') {
        Some((number, rest)) if number.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => name,
    }
}

/// Where paths begin (OPC 10000-5 section 8.2).
const ROOTS: [(u32, &str, &str); 5] = [
    (84, "i=84", "Root"),
    (85, "i=85", "Objects"),
    (86, "i=86", "Types"),
    (87, "i=87", "Views"),
    (2253, "i=2253", "Objects/Server"),
];

fn root(node: &NodeId<'_>) -> Option<&'static str> {
    let number = node.standard()?;
    ROOTS.iter().find(|(known, ..)| *known == number).map(|(.., name)| *name)
}

fn root_of(key: u64) -> Option<&'static str> {
    ROOTS.iter().find(|(_, text, _)| hash(text) == key).map(|(.., name)| *name)
}

/// Standard methods whose arguments are passwords and keys, by the ends of their names (OPC 10000-12, 14 and 18).
const SECRET: [&str; 11] = [
    "AddUser",
    "ModifyUser",
    "ChangePassword",
    "GetSecurityKeys",
    "SetSecurityKeys",
    "StartNewKeyPairRequest",
    "FinishRequest",
    "UpdateCertificate",
    "CreateCredential",
    "UpdateCredential",
    "RequestAccessToken",
];

/// Whether a method's arguments must not be shown.
pub fn is_secret_method(method: &str) -> bool {
    standard_name(method).is_some_and(|name| SECRET.iter().any(|secret| name.ends_with(secret)))
}
