//! The steps of a session, told with every field of theirs (OPC 10000-4 section 5.7).

use super::certificate;
use super::channel::Channels;
use super::exchange::Exchange;
use super::facts;
use super::message::{Asked, Frames, Message, fields};
use super::oddity::certificate_flaw;
use super::posture;
use super::report;
use super::services::{Activate, CreateAnswer, CreateRequest, Token};
use super::sessions::{self, Sessions};
use super::wire;
use crate::event::{
    FactKind, OpcuaActivateSession, OpcuaClose, OpcuaCreateSession, Outcome, Protocol, Session, Side, clean_text,
};
use crate::protocol::Output;

/// Characters of a name or URI.
const MAX_TEXT: usize = 512;
/// URLs and locales that are told.
const MAX_LIST: usize = 16;

/// Tells a session step, where the transaction is one and its request was seen.
pub fn tell(exchange: &Exchange<'_>, channels: &mut Channels, out: &mut Output<'_>) {
    let frames = exchange.frames();
    match exchange.code() {
        wire::CREATE_SESSION => {
            if let Some(create) = create_request(exchange) {
                out.session(Protocol::OpcUa, Session::OpcuaCreateSession(created(exchange, &create)), &frames);
                tell_holder(create.certificate, Side::Client, "create_session", &frames, out);
                if let Some(answer) = create_answer(exchange) {
                    tell_flaw(answer.certificate, Side::Server, "create_session", &frames, out);
                    tell_holder(answer.certificate, Side::Server, "create_session", &frames, out);
                }
                for part in create.client.traits() {
                    let fact = facts::fact(Side::Client, part, "opcua create_session".to_owned(), 90);
                    out.identity(Protocol::OpcUa, fact, &frames);
                }
            }
        }
        wire::ACTIVATE_SESSION => {
            if let Some(activate) = activate_request(exchange) {
                let policy = channels.find(exchange.channel()).and_then(|channel| channel.policy.as_deref());
                let step = activated(exchange, &activate, policy.map(str::to_owned));
                if step.accepted == Some(true) {
                    let used = (FactKind::LogonUsed, step.token.to_string());
                    let fact = facts::fact(Side::Server, used, "opcua activate_session".to_owned(), 100);
                    out.identity(Protocol::OpcUa, fact, &frames);
                }
                out.session(Protocol::OpcUa, Session::OpcuaActivateSession(step), &frames);
            }
        }
        wire::CLOSE_SESSION => {
            let closing = channels.find(exchange.channel()).map(|channel| channel.so_far());
            let closing = OpcuaClose { announced: true, error: report::error(exchange), ..closing.unwrap_or_default() };
            out.session(Protocol::OpcUa, Session::OpcuaClose(closing), &frames);
        }
        _ => {}
    }
}

/// Who is behind a request: who the session belongs to, or who asks for it.
pub fn user(exchange: &Exchange<'_>, sessions: &Sessions) -> Option<String> {
    let open = exchange.request?;
    if open.code == wire::ACTIVATE_SESSION {
        return activate_request(exchange).map(|activate| sessions::user(&activate.token));
    }
    sessions.user(open.session)
}

/// Keeps up with who is behind each session.
pub fn follow(exchange: &Exchange<'_>, sessions: &mut Sessions) {
    let Some(open) = exchange.request.filter(|_| exchange.outcome == Outcome::Accepted) else { return };
    match open.code {
        wire::ACTIVATE_SESSION => {
            if let Some(activate) = activate_request(exchange) {
                sessions.activate(open.session, &activate.token);
            }
        }
        wire::CLOSE_SESSION => sessions.close(open.session),
        _ => {}
    }
}

fn create_request<'a>(exchange: &Exchange<'a>) -> Option<CreateRequest<'a>> {
    let open = exchange.request?;
    CreateRequest::read(&mut fields(&open.body, open.fields)).ok()
}

fn activate_request<'a>(exchange: &Exchange<'a>) -> Option<Activate<'a>> {
    let open = exchange.request?;
    Activate::read(&mut fields(&open.body, open.fields)).ok()
}

fn created(exchange: &Exchange<'_>, create: &CreateRequest<'_>) -> OpcuaCreateSession {
    let answer = create_answer(exchange);
    let bytes = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    OpcuaCreateSession {
        channel_id: exchange.channel(),
        application_uri: shown(create.client.uri),
        product_uri: shown(create.client.product_uri),
        application_name: shown(create.client.name.text),
        session_name: shown(create.session_name),
        endpoint_url: shown(create.endpoint_url),
        // The server has the last word on how long the session may be silent.
        timeout_ms: Some(answer.map_or(create.timeout_ms, |answer| answer.timeout_ms)),
        accepted: accepted(exchange),
        error: report::error(exchange),
        application_type: wire::application_type(create.client.kind),
        gateway_server_uri: shown(create.client.gateway),
        discovery_urls: create.client.discovery_urls.iter().take(MAX_LIST).map(|url| shown(Some(url))).collect(),
        server_uri: shown(create.server_uri),
        session: answer.and_then(|answer| sessions::name(&answer.token)),
        max_response_bytes: create.max_response_bytes,
        max_request_bytes: answer.map(|answer| answer.max_request_bytes),
        client_nonce_bytes: Some(bytes(create.nonce_bytes)),
        server_nonce_bytes: answer.map(|answer| bytes(answer.nonce_bytes)),
        client_certificate: certificate::read(create.certificate).0,
        server_certificate: answer.and_then(|answer| certificate::read(answer.certificate).0),
    }
}

fn create_answer<'a>(exchange: &Exchange<'a>) -> Option<CreateAnswer<'a>> {
    let (message, said) = exchange.answer.filter(|_| exchange.outcome == Outcome::Accepted)?;
    CreateAnswer::read(&mut message.fields(said.fields), &mut ()).ok()
}

/// Tells what is wrong with a request's certificates when it comes: what breaks a server is never answered.
pub fn check(message: &Message<'_>, asked: &Asked<'_>, out: &mut Output<'_>) {
    let mut decoder = message.fields(asked.fields);
    let (bytes, what) = match asked.code {
        wire::CREATE_SESSION => {
            (CreateRequest::read(&mut decoder).ok().map(|create| create.certificate), "create_session")
        }
        wire::ACTIVATE_SESSION => {
            let activate = Activate::read(&mut decoder).ok();
            (activate.and_then(|activate| user_certificate(&activate.token)), "activate_session")
        }
        _ => return,
    };
    tell_flaw(bytes.unwrap_or_default(), message.from, what, &message.frames(), out);
}

/// What is wrong with certificates that came with a session step.
fn tell_flaw(bytes: &[u8], about: Side, what: &'static str, frames: &Frames, out: &mut Output<'_>) {
    if let (_, Some(flaw)) = certificate::read(bytes) {
        out.anomaly(Protocol::OpcUa, certificate_flaw(flaw, what, about), frames);
    }
}

/// Whose certificates came with a session step.
fn tell_holder(bytes: &[u8], about: Side, what: &'static str, frames: &Frames, out: &mut Output<'_>) {
    let (certificate, _) = certificate::read(bytes);
    for part in certificate.iter().flat_map(|certificate| posture::certificate_traits(certificate)) {
        out.identity(Protocol::OpcUa, facts::fact(about, part, format!("opcua certificate in {what}"), 85), frames);
    }
}

fn user_certificate<'a>(token: &Token<'a>) -> Option<&'a [u8]> {
    match token {
        Token::Certificate { certificate, .. } => Some(certificate),
        _ => None,
    }
}

fn activated(exchange: &Exchange<'_>, activate: &Activate<'_>, policy: Option<String>) -> OpcuaActivateSession {
    let token = &activate.token;
    let (policy_id, user, encryption) = match *token {
        Token::None | Token::Other => (None, None, None),
        Token::Anonymous { policy } | Token::Certificate { policy, .. } => (policy, None, None),
        Token::UserName { policy, user, encryption } => (policy, user, Some(encryption)),
        Token::Issued { policy, encryption } => (policy, None, Some(encryption)),
    };
    OpcuaActivateSession {
        channel_id: exchange.channel(),
        policy,
        token: token.name().into(),
        token_policy_id: shown(policy_id),
        user_name: user.map(|user| shown(Some(user))),
        // Empty where the secret went in clear.
        password_encryption: encryption.map(shown),
        accepted: accepted(exchange),
        error: report::error(exchange),
        session: exchange.request_header().and_then(|header| sessions::name(&header.token)),
        locales: activate.locales.iter().take(MAX_LIST).map(|locale| shown(Some(locale))).collect(),
        certificate: user_certificate(token).and_then(|bytes| certificate::read(bytes).0),
    }
}

fn accepted(exchange: &Exchange<'_>) -> Option<bool> {
    match exchange.outcome {
        Outcome::Accepted | Outcome::Effective => Some(true),
        Outcome::Refused => Some(false),
        Outcome::Attempted | Outcome::Unanswered | Outcome::Unsolicited | Outcome::Mismatched => None,
    }
}

fn shown(text: Option<&[u8]>) -> String {
    clean_text(text.unwrap_or_default(), MAX_TEXT)
}
