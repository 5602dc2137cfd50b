//! The steps of a session, told with every field of theirs (OPC 10000-4 section 5.7).

use super::channel::Channels;
use super::facts;
use super::message::fields;
use super::report;
use super::services::{Activate, CreateAnswer, CreateRequest, Token};
use super::sessions::Sessions;
use super::talk::Exchange;
use super::wire;
use crate::event::{
    OpcuaActivateSession, OpcuaClose, OpcuaCreateSession, Outcome, Protocol, Session, Side, clean_text,
};
use crate::protocol::Output;

/// Characters of a name or URI.
const MAX_TEXT: usize = 512;

/// Tells a session step, where the transaction is one and its request was seen.
pub fn tell(exchange: &Exchange<'_>, channels: &mut Channels, out: &mut Output<'_>) {
    let frames = exchange.frames();
    match exchange.code() {
        wire::CREATE_SESSION => {
            if let Some(create) = create_request(exchange) {
                out.session(Protocol::OpcUa, Session::OpcuaCreateSession(created(exchange, &create)), &frames);
                for part in create.client.traits() {
                    let fact = facts::fact(Side::Client, part, "opcua create_session".to_owned(), 90);
                    out.identity(Protocol::OpcUa, fact, &frames);
                }
            }
        }
        wire::ACTIVATE_SESSION => {
            if let Some(activate) = activate_request(exchange) {
                let policy = channels.find(exchange.channel()).and_then(|channel| channel.policy.as_deref());
                let step = activated(exchange, &activate.token, policy.map(str::to_owned));
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
    OpcuaCreateSession {
        channel_id: exchange.channel(),
        application_uri: shown(create.client.uri),
        product_uri: shown(create.client.product_uri),
        application_name: shown(create.client.name.text),
        session_name: shown(create.session_name),
        endpoint_url: shown(create.endpoint_url),
        timeout_ms: Some(revised_timeout(exchange).unwrap_or(create.timeout_ms)),
        accepted: accepted(exchange),
        error: report::error(exchange),
    }
}

/// The server's word on how long the session may be silent.
fn revised_timeout(exchange: &Exchange<'_>) -> Option<f64> {
    let (message, said) = exchange.answer.filter(|_| exchange.outcome == Outcome::Accepted)?;
    CreateAnswer::read(&mut message.fields(said.fields), &mut ()).ok().map(|answer| answer.timeout_ms)
}

fn activated(exchange: &Exchange<'_>, token: &Token<'_>, policy: Option<String>) -> OpcuaActivateSession {
    let (policy_id, user, encryption) = match *token {
        Token::None | Token::Other => (None, None, None),
        Token::Anonymous { policy } | Token::Certificate { policy } => (policy, None, None),
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
    }
}

fn accepted(exchange: &Exchange<'_>) -> Option<bool> {
    match exchange.outcome {
        Outcome::Accepted | Outcome::Effective => Some(true),
        Outcome::Refused => Some(false),
        Outcome::Attempted | Outcome::Unanswered => None,
    }
}

fn shown(text: Option<&[u8]>) -> String {
    clean_text(text.unwrap_or_default(), MAX_TEXT)
}
