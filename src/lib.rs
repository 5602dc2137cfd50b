//! Fengsui 烽燧: a passive security monitor for factory networks. This page is the map of the house.
//!
//! ```text
//!  wire / pcap file
//!       │ Frame            borrowed bytes + time + capture
//!    capture ───────────────────────────► evidence ring
//!    decode     Packet    link, VLANs, IP, transport, payload
//!    flow       Piece     ordered bytes of one direction of one conversation, or a gap
//!    protocol   Event     what was said: operations, sessions, facts, anomalies
//!    signature  Finding   rule files over pieces and protocol fields; YARA over carried files
//!       │ ─── thread boundary: owned values, bounded channel, drops counted ───
//!    inventory  what is here: assets, links, facts with source and confidence
//!    baseline   what is normal
//!    detect     events + inventory + baseline → Finding
//!    alert      findings → alerts: grouping, severity, evidence, life cycle
//!    store      sled
//!    output · uplink · console    webhooks │ the province │ people
//! ```
//!
//! Up to `protocol` everything is borrowed and runs on packet threads, a conversation always on the same one. From
//! [`event::Event`] on it is owned and serialisable; nothing but events, findings, counters and evidence crosses, and only
//! known behaviour crosses back. **The known is cheap**: each packet thread remembers behaviour that the analyst called
//! normal, and a hit only counts; in steady state cost follows surprise, not traffic.
//!
//! Imports run one way, down the list of rooms; `tests/layering.rs` holds it to that. Each room's head says what it is for.

pub mod event;

pub mod capture;

pub mod decode;

pub mod flow;

pub mod protocol;

pub mod signature;

pub mod inventory;

pub mod baseline;

pub mod detect;

pub mod alert;

pub mod store;

pub mod pipeline;

pub mod output;

pub mod uplink;

pub mod receiver;

pub mod console;

pub mod config;

pub mod cli;
