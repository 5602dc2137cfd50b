//! The command line: one file a subcommand. `main.rs` only dispatches.

mod appliance;
mod assets;
mod baseline;
mod config;
mod demo;
mod doctor;
mod interfaces;
mod listen;
mod logging;
mod openapi;
mod receiver;
mod replay;
mod rules;
mod run;
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
    Run(run::Run),
    Replay(Box<replay::Replay>),
    Demo(demo::Demo),
    Receiver(receiver::ReceiverCommand),
    Rules(rules::Rules),
    Assets(assets::Assets),
    Baseline(baseline::BaselineCommand),
    Interfaces(interfaces::Interfaces),
    Doctor(doctor::Doctor),
    Config(config::ConfigCommand),
    #[command(name = "openapi")]
    OpenApi(openapi::OpenApi),
}

impl Cli {
    /// Runs the chosen subcommand; the exit code is its answer to a script.
    pub fn run(self) -> ExitCode {
        let result = match self.command {
            Command::Run(run) => run.run(),
            Command::Replay(replay) => replay.run(),
            Command::Demo(demo) => demo.run(),
            Command::Receiver(receiver) => receiver.run(),
            Command::Rules(rules) => rules.run(),
            Command::Assets(assets) => assets.run(),
            Command::Baseline(baseline) => baseline.run(),
            Command::Interfaces(interfaces) => interfaces.run(),
            Command::Doctor(doctor) => doctor.run(),
            Command::Config(config) => config.run(),
            Command::OpenApi(openapi) => openapi.run(),
        };
        match result {
            Ok(code) => code,
            // Whoever read our output has read enough.
            Err(error) if is_broken_pipe(&*error) => ExitCode::SUCCESS,
            Err(error) => {
                complain(&error.to_string());
                ExitCode::FAILURE
            }
        }
    }
}

fn is_broken_pipe(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// A message to the person at the terminal.
#[allow(clippy::print_stderr, reason = "this is the command line")]
pub fn complain(message: &str) {
    eprintln!("fengsui: {message}");
}
