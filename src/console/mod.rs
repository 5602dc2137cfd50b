//! The web console: one API described by its own OpenAPI document, and the front end that lives on it.
//!
//! The console is itself a target: no default password (a one-time link makes the first user), Argon2id, sessions in
//! HttpOnly SameSite cookies, requests from other origins refused, bodies capped, files only by plain names.

mod accounts;
mod alerts;
mod assets;
mod auth;
mod failure;
mod front;
mod live;
mod overview;
mod reporting;
mod server;
mod state;
mod views;

pub use accounts::{Accounts, SetupToken};
pub use live::{LiveEvent, LiveEvents};
pub use overview::{DemoAttack, DemoControl, DemoState};
pub use server::{openapi, router};
pub use state::{Console, ConsoleParts};
pub use views::Text;
