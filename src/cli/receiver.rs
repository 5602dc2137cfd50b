use std::error::Error;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::listen::listen;
use super::logging;
use crate::config;
use crate::output::tls::{self, Identity};
use crate::receiver::{Ledger, ReceiverOptions, router};
use crate::store::{Committer, SledStorage};

/// The next tier: takes the reports of probes.
///
/// Probes register with a one-time code and report over TLS; what is answered as accepted is on disk. Its own document is at
/// /openapi.json. A probe trusts a self-signed receiver by its certificate.pem as `uplink.ca`.
///
/// Examples:
///   fengsui config default --receiver > receiver.toml
///   fengsui receiver --config receiver.toml
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct ReceiverCommand {
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// A receiver that has its address and its store.
pub struct Receiver {
    listener: TcpListener,
    tls: RustlsConfig,
    router: axum::Router,
    store: JoinHandle<()>,
    pub address: SocketAddr,
    /// What a probe must trust.
    pub certificate: PathBuf,
}

impl Receiver {
    pub fn open(config: &config::Receiver) -> Result<Self, Box<dyn Error>> {
        std::fs::create_dir_all(&config.folder).map_err(|e| {
            format!(
                "folder = \"{}\": cannot be made: {e}; write a folder that this user may write to",
                config.folder.display()
            )
        })?;
        let listener = listen("listen", config.listen.parse()?)?;
        let address = listener.local_addr()?;
        let identity = Identity::at(&config.folder, &config.certificate, &config.key, &config.names)?;
        let (committer, store) = Committer::start(Arc::new(SledStorage::open(&config.folder)?))?;
        let codes: Vec<String> = config.enrolment_codes.iter().map(|code| code.expose().to_owned()).collect();
        let ledger = Ledger::new(committer, &codes);
        let router = router(ReceiverOptions { ledger, read_token: config.read_token.expose().to_owned() });
        let tls = RustlsConfig::from_config(identity.server_config()?);
        Ok(Receiver { listener, tls, router, store, address, certificate: identity.certificate })
    }

    /// Serves until the handle says stop.
    pub async fn serve(self, handle: Handle<SocketAddr>) -> std::io::Result<JoinHandle<()>> {
        let server = axum_server::from_tcp_rustls(self.listener, self.tls)?;
        server.handle(handle).serve(self.router.into_make_service()).await?;
        Ok(self.store)
    }
}

impl ReceiverCommand {
    pub fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        let config = config::Receiver::read(&self.config)?;
        logging::start(&config.log)?;
        tls::install_provider();
        let receiver = Receiver::open(&config)?;
        tracing::info!(address = %format_args!("https://{}", receiver.address), certificate = %receiver.certificate.display(), "receiving");
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let store = runtime.block_on(async {
            let handle = Handle::new();
            let stopper = handle.clone();
            let mut terminate = signal(SignalKind::terminate())?;
            let mut interrupt = signal(SignalKind::interrupt())?;
            tokio::spawn(async move {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                stopper.graceful_shutdown(Some(Duration::from_secs(5)));
            });
            receiver.serve(handle).await
        })?;
        drop(runtime);
        store.join().map_err(|_| "the store's thread had failed")?;
        Ok(ExitCode::SUCCESS)
    }
}
