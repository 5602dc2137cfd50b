use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

use crate::config::Log;

/// Logs go to the standard error; fields stay fields.
pub fn start(log: &Log) -> Result<(), String> {
    let filter = EnvFilter::try_new(&log.level)
        .map_err(|error| format!("log.level = \"{}\": {error}; write error, warn, info or debug", log.level))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let started =
        if log.json { builder.json().try_init() } else { builder.with_ansi(io::stderr().is_terminal()).try_init() };
    started.map_err(|error| error.to_string())
}
