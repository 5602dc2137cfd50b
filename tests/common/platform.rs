//! A next tier of one's own: the real receiver as a process, and what it holds.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::{Certificate, Client};
use serde_json::Value;
use tokio::runtime::Runtime;

use super::process::Running;

pub const CODE: &str = "enrol-7f3a";
pub const TOKEN: &str = "read-91c2";

/// `fengsui receiver` on a folder; killed and started again, it is the same platform at another port.
pub struct Platform {
    folder: PathBuf,
    process: Running,
    /// `127.0.0.1:port`
    pub address: String,
}

impl Platform {
    pub fn start(folder: &Path) -> Self {
        fs::create_dir_all(folder).unwrap();
        let config = folder.join("receiver.toml");
        let text = format!(
            "listen = \"127.0.0.1:0\"\nfolder = \"{}\"\nenrolment_codes = [\"{CODE}\"]\nread_token = \"{TOKEN}\"\n\
             [log]\njson = true\n",
            folder.display()
        );
        fs::write(&config, text).unwrap();
        let mut process = Running::start(&["receiver", "--config", config.to_str().unwrap()]);
        let address = process.field("receiving", "address").trim_start_matches("https://").to_owned();
        Platform { folder: folder.to_owned(), process, address }
    }

    /// A power cut, and the power back.
    pub fn restart(&mut self) {
        self.kill();
        *self = Platform::start(&self.folder);
    }

    pub fn kill(&mut self) {
        self.process.kill();
    }

    pub fn certificate(&self) -> PathBuf {
        self.folder.join("certificate.pem")
    }

    /// All files that the platform has written.
    pub fn bytes(&self) -> Vec<u8> {
        let mut all = Vec::new();
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            for entry in folder.read_dir().unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if !path.ends_with("receiver.toml") {
                    all.extend(fs::read(path).unwrap());
                }
            }
        }
        all
    }
}

/// Asks a platform over TLS, trusting its certificate and no other.
pub struct Asker {
    runtime: Runtime,
    client: Client,
    base: String,
}

impl Asker {
    pub fn new(platform: &Platform) -> Self {
        fengsui::output::tls::install_provider();
        let pem = fs::read(platform.certificate()).unwrap();
        let certificates = Certificate::from_pem_bundle(&pem).unwrap();
        let client = Client::builder().tls_certs_only(certificates).no_proxy().build().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        Asker { runtime, client, base: format!("https://{}", platform.address) }
    }

    pub fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.client.post(format!("{}{path}", self.base)).json(body);
        self.runtime.block_on(async { request.send().await.unwrap().json().await.unwrap() })
    }

    /// Sends, and hangs up before the answer is there, or has it if it was quicker.
    pub fn post_and_leave(&self, path: &str, body: &Value, after: Duration) {
        let request = self.client.post(format!("{}{path}", self.base)).json(body);
        self.runtime.block_on(async {
            let _ = tokio::time::timeout(after, request.send()).await;
        });
    }

    fn get(&self, path: &str) -> Value {
        let request = self.client.get(format!("{}{path}", self.base)).bearer_auth(TOKEN);
        self.runtime.block_on(async { request.send().await.unwrap().json().await.unwrap() })
    }

    /// Alerts as last reported.
    pub fn alerts(&self) -> Vec<Value> {
        let mut alerts: Vec<Value> = Vec::new();
        loop {
            let after = alerts.last().map_or_else(String::new, |alert| {
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                format!("&after={}/{}", text(&alert["probe_id"]), text(&alert["record"]["alert_id"]))
            });
            let page = self.get(&format!("/api/v1/alerts?limit=1000{after}"));
            let page = page["alerts"].as_array().unwrap();
            if page.is_empty() {
                return alerts;
            }
            alerts.extend(page.iter().cloned());
        }
    }

    pub fn probes(&self) -> Vec<Value> {
        self.get("/api/v1/probes").as_array().unwrap().clone()
    }
}
