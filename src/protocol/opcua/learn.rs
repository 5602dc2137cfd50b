//! Takes in what later messages are to be understood by.

use super::exchange::Exchange;
use super::message::fields;
use super::server::Server;
use super::services;
use super::wire;
use crate::event::Outcome;

/// Names, places, what is watched and what is being browsed: needed before the transaction is told.
pub fn names(exchange: &Exchange<'_>, server: &mut Server) {
    let (Some(open), Some((message, said))) = (exchange.request, exchange.answer) else { return };
    if !is_answered_well(exchange) {
        return;
    }
    let mut request = fields(&open.body, open.fields);
    let mut response = message.fields(said.fields);
    // What could be read before a fault has been learnt; the fault itself was told.
    let _ = match open.code {
        wire::BROWSE => services::learn_view::browsed(&mut request, &mut response, server),
        wire::TRANSLATE => services::learn_view::translated(&mut request, &mut response, server),
        wire::ADD_NODES => services::learn_view::added(&mut request, &mut response, &mut server.names),
        wire::REGISTER_NODES => services::learn_view::registered(&mut request, &mut response, server),
        wire::CREATE_MONITORED_ITEMS => {
            services::learn_subscription::created(&mut request, &mut response, &mut server.monitored)
        }
        wire::MODIFY_MONITORED_ITEMS => {
            services::learn_subscription::modified(&mut request, &mut response, &mut server.monitored)
        }
        _ => Ok(()),
    };
}

/// What nodes hold now, and what is over: only once the transaction was told.
pub fn values(exchange: &Exchange<'_>, server: &mut Server, text: &mut String) {
    let Some((message, said)) = exchange.answer.filter(|_| is_answered_well(exchange)) else { return };
    let mut response = message.fields(said.fields);
    let at = message.last.ts;
    if exchange.code() == wire::PUBLISH {
        // Told before a fault is told well.
        let _ = services::learn_subscription::published(&mut response, server, at);
    }
    let Some(open) = exchange.request else { return };
    let mut request = fields(&open.body, open.fields);
    let _ = match open.code {
        wire::READ => services::learn_view::read(&mut request, &mut response, server, text, at),
        wire::WRITE => services::learn_view::written(&mut request, &mut response, server, text, at),
        wire::BROWSE_NEXT => services::learn_view::browsed_next(&mut request, &mut response, server),
        wire::DELETE_MONITORED_ITEMS => services::learn_subscription::deleted(&mut request, &mut server.monitored),
        wire::DELETE_SUBSCRIPTIONS => services::learn_subscription::unsubscribed(&mut request, &mut server.monitored),
        _ => Ok(()),
    };
}

fn is_answered_well(exchange: &Exchange<'_>) -> bool {
    exchange.outcome == Outcome::Accepted && exchange.has_answer_fields()
}
