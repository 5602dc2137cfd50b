//! Certificates of our own servers: the operator's, or a pair made once and kept.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Why a server cannot have its certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("the {what} file {path} cannot be used: {reason}")]
    Read { what: &'static str, path: PathBuf, reason: String },
    #[error("cannot keep a certificate in {path}: {error}")]
    Write { path: PathBuf, error: io::Error },
    #[error("a certificate cannot be made: {0}")]
    Make(#[from] rcgen::Error),
    #[error("the certificate and its key do not work together: {0}")]
    Pair(#[from] rustls::Error),
}

/// Where a server's certificate and key are.
#[derive(Clone, Debug)]
pub struct Identity {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Identity {
    /// The files that the operator named, or a self-signed pair in `folder`, made where there is none yet.
    pub fn at(folder: &Path, certificate: &Path, key: &Path, names: &[String]) -> Result<Self, TlsError> {
        if !certificate.as_os_str().is_empty() {
            return Ok(Identity { certificate: certificate.to_owned(), key: key.to_owned() });
        }
        let identity = Identity { certificate: folder.join("certificate.pem"), key: folder.join("key.pem") };
        if !(identity.certificate.exists() && identity.key.exists()) {
            identity.make(names)?;
        }
        Ok(identity)
    }

    fn make(&self, names: &[String]) -> Result<(), TlsError> {
        let key = rcgen::KeyPair::generate()?;
        let mut parameters = rcgen::CertificateParams::new(names.to_vec())?;
        parameters.distinguished_name.push(rcgen::DnType::CommonName, "Fengsui");
        let certificate = parameters.self_signed(&key)?;
        write_private(&self.key, &key.serialize_pem())?;
        // Whole or not at all: half a certificate would keep the server from ever starting again.
        let draft = self.certificate.with_extension("draft");
        fs::write(&draft, certificate.pem())
            .and_then(|()| fs::rename(&draft, &self.certificate))
            .map_err(|error| TlsError::Write { path: self.certificate.clone(), error })
    }

    pub fn server_config(&self) -> Result<Arc<ServerConfig>, TlsError> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&self.certificate)
            .and_then(Iterator::collect)
            .map_err(|error| unusable("certificate", &self.certificate, &error))?;
        if chain.is_empty() {
            return Err(unusable("certificate", &self.certificate, &pem::Error::NoItemsFound));
        }
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|error| unusable("key", &self.key, &error))?;
        let mut config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

fn unusable(what: &'static str, path: &Path, error: &pem::Error) -> TlsError {
    let reason = match error {
        pem::Error::Io(error) => error.to_string(),
        pem::Error::NoItemsFound => format!("it holds no {what} in PEM form (a block that begins with -----BEGIN)"),
        other => other.to_string(),
    };
    TlsError::Read { what, path: path.to_owned(), reason }
}

/// Readable by its owner alone from the first byte on.
fn write_private(path: &Path, text: &str) -> Result<(), TlsError> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| TlsError::Write { path: path.to_owned(), error })
}

/// One provider for all of TLS; to be called once when the process starts.
pub fn install_provider() {
    // A second call finds the first one's provider, which is the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
