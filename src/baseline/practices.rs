//! Habits of a link that are neither function nor object: how its sessions are opened.

use smallvec::{SmallVec, smallvec};

use super::model::{Baseline, Deviation, Practice, Verdict};
use super::stage::Scenario;
use crate::event::{Event, Fact, FactKind, ObjectKey, Session};
use crate::inventory::LinkKey;

/// Practices of one link.
const MAX_PRACTICES: usize = 65_536;

impl Baseline {
    pub(super) fn practices(&mut self, event: &Event, mut practices: SmallVec<[Practice; 2]>) -> Verdict {
        if practices.is_empty() {
            return Verdict::default();
        }
        let key = LinkKey::of(&event.ends, event.service);
        if let Some(link) = self.link(&key) {
            practices.retain(|practice| !link.practices.contains(practice));
        }
        if practices.is_empty() {
            return Verdict { normal: true, ..Verdict::default() };
        }
        let learns = self.learns(Scenario::Functions, event.ts, [&key.client, &key.server]);
        if learns {
            let row = self.row(&key, event);
            let room = MAX_PRACTICES.saturating_sub(row.practices.len());
            row.practices.extend(practices.into_iter().take(room));
            return Verdict { learnt: true, normal: true, ..Verdict::default() };
        }
        let deviations = practices.into_iter().map(Deviation::Practice).collect();
        Verdict { deviations, ..Verdict::default() }
    }
}

/// A controller says that it lets everybody write.
pub(super) fn is_unprotected(fact: &Fact) -> bool {
    fact.kind == FactKind::Protection && fact.value.starts_with('1')
}

pub(super) fn practices(session: &Session) -> SmallVec<[Practice; 2]> {
    match session {
        Session::OpcuaActivateSession(activate) if activate.accepted == Some(true) => {
            let anonymous = (activate.token == "anonymous").then_some(Practice::AnonymousSession);
            let unprotected = (activate.policy.as_deref() == Some("None")).then_some(Practice::Unprotected);
            anonymous.into_iter().chain(unprotected).collect()
        }
        Session::OpcuaClose(close) if close.channel && close.discovery_requests > 0 && close.other_requests == 0 => {
            smallvec![Practice::DiscoveryOnly]
        }
        Session::OpcuaOpenChannel(open) if open.has_weak_policy() => smallvec![Practice::WeakPolicy],
        Session::OpcuaEndpoints(offered) if offered.has_weak_way_in() => smallvec![Practice::WeakOffered],
        Session::OpcuaCreateSession(create) if create.accepted == Some(true) => {
            let name = format!("{}\n{}\n{}", create.application_uri, create.product_uri, create.application_name);
            smallvec![Practice::Application(ObjectKey::text(name.as_bytes(), 0).space)]
        }
        Session::CotpConnect(connect) if matches!(connect.role.as_deref(), Some("pg" | "es")) => {
            smallvec![Practice::ProgrammingDevice]
        }
        _ => smallvec![],
    }
}
