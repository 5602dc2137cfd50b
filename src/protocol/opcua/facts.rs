//! What servers and clients say about themselves.

use super::services::Application;
use super::wire;
use crate::event::{Fact, FactKind, Fields, Item, Node, Object, Side, Value, clean_text};

/// Characters of a fact.
const MAX_FACT: usize = 255;

/// A fact's kind and value, before it is known where it was read.
pub type Trait = (FactKind, String);

impl Application<'_> {
    /// Application URI, product URI and name, as far as they are given.
    pub fn traits(&self) -> Vec<Trait> {
        let parts = [
            (FactKind::ApplicationUri, self.uri),
            (FactKind::ProductUri, self.product_uri),
            (FactKind::Name, self.name.text),
        ];
        let shown = parts.into_iter().filter_map(|(kind, text)| Some((kind, clean_text(text?, MAX_FACT))));
        shown.filter(|(_, value)| !value.is_empty()).collect()
    }
}

/// A statement about one end.
pub fn fact(about: Side, (kind, value): Trait, source: String, confidence: u8) -> Fact {
    Fact { about, kind, value, source: source.into(), confidence }
}

/// Facts from values of the Server object's nodes (OPC 10000-5 section 6.3), however they were read.
pub fn server_facts(items: &[Item]) -> Vec<Fact> {
    items.iter().filter(|item| item.error.is_none()).flat_map(item_facts).collect()
}

fn item_facts(item: &Item) -> Vec<Fact> {
    let (Some(Object::Node(node)), [value, ..]) = (&item.object, &*item.values) else { return Vec::new() };
    let Some(id) = server_node(node) else { return Vec::new() };
    let source = || format!("opcua buildinfo {}", node.node);
    match (id, value) {
        (2256, Value::Fields(status)) => {
            let build = status.get("build_info").map(build_facts).unwrap_or_default();
            let state = status.get("state").and_then(state_trait);
            build
                .into_iter()
                .chain(state)
                .map(|part| server_fact(part, format!("opcua serverstatus {}", node.node)))
                .collect()
        }
        (2259, value) => {
            let source = format!("opcua serverstatus {}", node.node);
            state_trait(value).map(|part| server_fact(part, source)).into_iter().collect()
        }
        (2260, build) => build_facts(build).into_iter().map(|part| server_fact(part, source())).collect(),
        (id, Value::Text(text)) => {
            let kind = build_kind(id).filter(|_| !text.is_empty());
            kind.map(|kind| server_fact((kind, short(text)), source())).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn server_fact(part: Trait, source: String) -> Fact {
    fact(Side::Server, part, source, 95)
}

/// The number of a node of ServerStatus whose value is asked for.
fn server_node(node: &Node) -> Option<u32> {
    let id = node.node.strip_prefix("i=")?.parse().ok()?;
    (node.attribute == wire::VALUE && (2256..=2266).contains(&id)).then_some(id)
}

const fn build_kind(id: u32) -> Option<FactKind> {
    match id {
        2261 => Some(FactKind::Product),
        2262 => Some(FactKind::ProductUri),
        2263 => Some(FactKind::Vendor),
        2264 => Some(FactKind::Firmware),
        2265 => Some(FactKind::Build),
        _ => None,
    }
}

/// BuildInfo (OPC 10000-5 section 12.4).
fn build_facts(build: &Value) -> Vec<Trait> {
    let Value::Fields(fields) = build else { return Vec::new() };
    let text = |name: &str| match Fields::get(fields, name) {
        Some(Value::Text(text)) if !text.is_empty() => Some(short(text)),
        _ => None,
    };
    let parts = [
        (FactKind::Product, "product_name"),
        (FactKind::ProductUri, "product_uri"),
        (FactKind::Vendor, "manufacturer_name"),
        (FactKind::Firmware, "software_version"),
        (FactKind::Build, "build_number"),
    ];
    parts.into_iter().filter_map(|(kind, name)| Some((kind, text(name)?))).collect()
}

fn state_trait(value: &Value) -> Option<Trait> {
    match value {
        Value::Int(state) => Some((FactKind::State, wire::server_state(*state).into_owned())),
        _ => None,
    }
}

pub fn short(text: &str) -> String {
    text.chars().take(MAX_FACT).collect()
}
