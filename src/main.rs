//! The binary: dispatches to the command line's subcommands.

use std::process::ExitCode;

use clap::Parser;

/// Flow tables and events are made on one thread and freed on another; mimalloc does that at two thirds of the cost.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Huge pages made the process a third larger and no faster; a kernel that cannot leave them away gives what it has.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
    fengsui::cli::Cli::parse().run()
}
