//! The command line: one file a subcommand. `main.rs` only dispatches.

mod openapi;
mod replay;
mod summary;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// 烽燧: a passive security monitor for factory networks.
///
/// Listens at a switch's SPAN port, understands Modbus, S7 and OPC UA, learns what the plant normally does, and tells
/// people what they can act on. It never sends a frame to the plant.
#[derive(Parser)]
#[command(name = "fengsui", version, max_term_width = 120)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Replay(replay::Replay),
    #[command(name = "openapi")]
    OpenApi(openapi::OpenApi),
}

impl Cli {
    /// Runs the chosen subcommand; the exit code is its answer to a script.
    pub fn run(self) -> ExitCode {
        let result = match self.command {
            Command::Replay(replay) => replay.run(),
            Command::OpenApi(openapi) => openapi.run(),
        };
        match result {
            Ok(code) => code,
            Err(error) => {
                complain(&error.to_string());
                ExitCode::FAILURE
            }
        }
    }
}

/// A message to the person at the terminal.
#[allow(clippy::print_stderr, reason = "this is the command line")]
pub fn complain(message: &str) {
    eprintln!("fengsui: {message}");
}
