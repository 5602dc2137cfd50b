use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::{console, receiver};

/// Prints the OpenAPI 3.1 document of an API.
///
/// Example: fengsui openapi uplink > uplink.json
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct OpenApi {
    /// The web console's API, or the one by which probes report to the next tier
    #[arg(value_enum, default_value_t = Api::Console)]
    api: Api,
}

#[derive(Clone, Copy, ValueEnum)]
enum Api {
    Console,
    Uplink,
}

impl OpenApi {
    pub fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        let document = match self.api {
            Api::Console => console::openapi(),
            Api::Uplink => receiver::openapi(),
        };
        writeln!(io::stdout(), "{}", document.to_pretty_json()?)?;
        Ok(ExitCode::SUCCESS)
    }
}
