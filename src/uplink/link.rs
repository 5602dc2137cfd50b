use std::path::Path;

use reqwest::Client;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::envelope::Envelope;
use super::messages::{Answer, BatchRequest, Registered};
use crate::output::http::{self, TargetError};

/// The https transport to one platform.
pub struct Link {
    client: Client,
    base: String,
}

/// Why the platform could not be spoken to.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error("{}", whole(.0))]
    Http(#[from] reqwest::Error),
    #[error("the platform answered {status}: {text}")]
    Status { status: u16, text: String },
    #[error("the platform's answer is not understood: {0}")]
    Answer(#[from] serde_json::Error),
}

impl Link {
    pub fn new(url: &str, authority: Option<&Path>) -> Result<Self, LinkError> {
        let client = http::client_trusting(authority)?;
        Ok(Link { client, base: url.trim_end_matches('/').to_owned() })
    }

    pub async fn register(&self, envelope: &Envelope) -> Result<Registered, LinkError> {
        self.post("register", envelope).await
    }

    pub async fn heartbeat(&self, envelope: &Envelope) -> Result<Answer, LinkError> {
        self.post("heartbeat", envelope).await
    }

    pub async fn batches(&self, batches: Vec<Envelope>) -> Result<Answer, LinkError> {
        self.post("batches", &BatchRequest { batches }).await
    }

    async fn post<T: DeserializeOwned>(&self, what: &str, body: &impl Serialize) -> Result<T, LinkError> {
        let answer = self.client.post(format!("{}/uplink/v1/{what}", self.base)).json(body).send().await?;
        let status = answer.status();
        let body = http::read_answer(answer).await?;
        if !status.is_success() {
            let text = String::from_utf8_lossy(&body).chars().take(200).collect();
            return Err(LinkError::Status { status: status.as_u16(), text });
        }
        Ok(serde_json::from_slice(&body)?)
    }
}

/// An HTTP error with its causes: the last one says what is really wrong.
fn whole(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
