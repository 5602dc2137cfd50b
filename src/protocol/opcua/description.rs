//! What applications say of themselves, and which ways into a server there are: told whether or not the transaction
//! that carries it is known.

use super::exchange::Exchange;
use super::facts::{self, Trait};
use super::message::fields;
use super::oddity::certificate_flaw;
use super::posture::Offered;
use super::services::{self, Application, Endpoint, Visitor};
use super::wire;
use crate::event::{OpcuaEndpoints, Protocol, Session, Side};
use crate::protocol::Output;

#[derive(Default)]
struct Descriptions {
    applications: Vec<Trait>,
    offered: Offered,
}

impl Visitor for Descriptions {
    fn application(&mut self, application: &Application<'_>) {
        self.applications.extend(application.traits());
    }

    fn endpoint(&mut self, endpoint: &Endpoint<'_>) {
        self.offered.add(endpoint);
    }
}

/// Tells what a transaction describes; `offers` is what this conversation has told before.
pub fn tell(exchange: &Exchange<'_>, asked_url: &str, offers: &mut Vec<OpcuaEndpoints>, out: &mut Output<'_>) {
    let code = exchange.code();
    if !(wire::is_discovery(code) || code == wire::CREATE_SESSION) {
        return;
    }
    let mut descriptions = Descriptions::default();
    // Faults were told before; what could be read up to them is shown.
    if let Some(open) = exchange.request {
        let _ = services::request(code, &mut fields(&open.body, open.fields), &mut descriptions);
    }
    if let Some((message, said)) = exchange.answer.filter(|_| exchange.has_answer_fields()) {
        let _ = services::response(code, &mut message.fields(said.fields), &mut descriptions);
    }
    tell_applications(exchange, descriptions.applications, out);
    tell_offer(exchange, descriptions.offered, asked_url, offers, out);
}

fn tell_applications(exchange: &Exchange<'_>, traits: Vec<Trait>, out: &mut Output<'_>) {
    let (about, confidence) = match exchange.code() {
        wire::REGISTER_SERVER | wire::REGISTER_SERVER_2 => (Side::Client, 90),
        // A discovery server may speak for others.
        wire::FIND_SERVERS => (Side::Server, 80),
        _ => (Side::Server, 95),
    };
    for part in traits {
        let fact = facts::fact(about, part, format!("opcua {}", name(exchange)), confidence);
        out.identity(Protocol::OpcUa, fact, &exchange.frames());
    }
}

/// Tells what a server offers, where this conversation has not heard the same before.
fn tell_offer(
    exchange: &Exchange<'_>,
    offered: Offered,
    asked_url: &str,
    offers: &mut Vec<OpcuaEndpoints>,
    out: &mut Output<'_>,
) {
    let frames = exchange.frames();
    let name = name(exchange);
    if let Some(flaw) = offered.flaw {
        out.anomaly(Protocol::OpcUa, certificate_flaw(flaw, name, Side::Server), &frames);
    }
    let traits = offered.traits();
    let Some(step) = offered.into_step(name, asked_url.to_owned()) else { return };
    if offers.contains(&step) {
        return;
    }
    offers.retain(|known| known.told_by != step.told_by);
    offers.push(step.clone());
    out.session(Protocol::OpcUa, Session::OpcuaEndpoints(step), &frames);
    for part in traits {
        out.identity(Protocol::OpcUa, facts::fact(Side::Server, part, format!("opcua {name}"), 95), &frames);
    }
}

fn name(exchange: &Exchange<'_>) -> &'static str {
    exchange.service().map_or("", |service| service.name)
}
