//! What servers and clients say about themselves.

use super::services::Application;
use super::wire;
use crate::event::{Fact, FactKind, Fields, Item, Node, Object, Side, Value, clean_text};

/// Characters of a fact.
const MAX_FACT: usize = 255;

/// URIs of one list that are told.
const MAX_URIS: usize = 64;
/// Traits of one server that are kept from being told again.
const MAX_TOLD: usize = 256;

/// What a server was last told to be: what is known is told again only when it has changed.
#[derive(Debug, Default)]
pub struct Told(Vec<Trait>);

impl Told {
    /// Takes a trait in; false where it was told before and nothing else of its kind came after.
    pub fn is_news(&mut self, kind: FactKind, value: &str) -> bool {
        if self.0.iter().any(|(known, told)| *known == kind && told == value) {
            return false;
        }
        // Namespaces and peers are many; of all else there is one.
        if !matches!(kind, FactKind::Namespace | FactKind::Peer) {
            self.0.retain(|(known, _)| *known != kind);
        }
        if self.0.len() >= MAX_TOLD {
            self.0.remove(0);
        }
        self.0.push((kind, value.to_owned()));
        true
    }
}

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
    let (source, traits): (_, Vec<Trait>) = match (id, value) {
        (wire::SERVER_STATUS, Value::Fields(status)) => {
            let build = status.get("build_info").map(build_facts).unwrap_or_default();
            ("serverstatus", build.into_iter().chain(status.get("state").and_then(state_trait)).collect())
        }
        (2259, state) => ("serverstatus", state_trait(state).into_iter().collect()),
        (2260, build) => ("buildinfo", build_facts(build)),
        (wire::SERVER_ARRAY, uris) => ("serverarray", uri_traits(FactKind::Peer, uris)),
        (wire::NAMESPACE_ARRAY, uris) => ("namespacearray", uri_traits(FactKind::Namespace, uris)),
        (wire::SERVICE_LEVEL, Value::UInt(level)) => {
            ("servicelevel", vec![(FactKind::ServiceLevel, wire::service_level(*level).to_owned())])
        }
        (id, Value::Text(text)) if !text.is_empty() => {
            ("buildinfo", build_kind(id).map(|kind| (kind, short(text))).into_iter().collect())
        }
        _ => return Vec::new(),
    };
    traits.into_iter().map(|part| server_fact(part, format!("opcua {source} {}", node.node))).collect()
}

/// The URIs behind the first one, which is the standard's or the server's own (OPC 10000-5 section 6.3.1).
fn uri_traits(kind: FactKind, uris: &Value) -> Vec<Trait> {
    let Value::List(uris) = uris else { return Vec::new() };
    let texts = uris.iter().skip(1).take(MAX_URIS).filter_map(|uri| match uri {
        Value::Text(uri) if !uri.is_empty() => Some((kind, short(uri))),
        _ => None,
    });
    texts.collect()
}

fn server_fact(part: Trait, source: String) -> Fact {
    fact(Side::Server, part, source, 95)
}

/// The number of a node of the Server object whose value is asked for.
fn server_node(node: &Node) -> Option<u32> {
    let id = node.node.strip_prefix("i=")?.parse().ok()?;
    (node.attribute == wire::VALUE && wire::is_about_server(id)).then_some(id)
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
