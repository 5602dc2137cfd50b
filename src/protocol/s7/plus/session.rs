//! Sessions: who opens one, with what the controller answers.

use super::body::Body;
use super::names;
use crate::event::{ProtocolError, S7PlusSession};

/// The session that a request asks for, with its answer where one was seen.
pub fn session(request: &Body, role: Option<&'static str>) -> S7PlusSession {
    let text = |id| request.leaves.text(id);
    S7PlusSession {
        role: role.map(Into::into),
        adapter: text(names::SESSION_ADAPTER),
        user: text(names::SESSION_USER),
        application: text(names::SESSION_APPLICATION),
        host: text(names::SESSION_HOST),
        comment: text(names::SESSION_COMMENT),
        ..S7PlusSession::default()
    }
}

pub fn answered(
    mut session: S7PlusSession,
    response: &Body,
    error: Option<ProtocolError>,
    refused: bool,
) -> S7PlusSession {
    session.session_id = response.created.first().copied();
    session.server_version = response.leaves.text(names::SERVER_VERSION);
    session.project_version = response.leaves.text(names::PROJECT_VERSION);
    session.accepted = Some(!refused);
    session.error = error;
    session
}
