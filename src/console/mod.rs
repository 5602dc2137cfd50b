//! The web console: one API described by its own OpenAPI document, and the front end that lives on it.
//!
//! The console is itself a target: no default password (a one-time link makes the first user), Argon2id, sessions in
//! HttpOnly SameSite cookies, requests from other origins refused, bodies capped, files only by plain names.

mod accounts;
mod acts;
mod alerts;
mod analyses;
mod assets;
mod auth;
mod baseline;
mod coverage;
mod demo;
mod failure;
mod front;
mod links;
mod live;
mod live_events;
mod matrix;
mod overview;
mod plant_views;
mod quiet;
mod reporting;
mod rules;
mod server;
mod shelf;
mod state;
mod studies;
mod views;

pub use accounts::{Accounts, SetupToken};
pub use demo::{DemoAttack, DemoControl, DemoState};
pub use live::pulse as overview_pulse;
pub use live_events::{LiveEvent, LiveEvents};
pub use server::{openapi, router};
pub use shelf::{Loading, RuleShelf};
pub use state::{Console, ConsoleParts};
pub use studies::{Engine, Studies};
pub use views::Text;
