#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod duplicates;
mod fragments;
mod plain;
mod shards;
mod tunnels;
mod wire;
