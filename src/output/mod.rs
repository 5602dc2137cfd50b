//! Tells people's other systems: webhooks over one durable queue.
//!
//! A message is written in the same commit as its alert, exactly as it will be sent, and leaves the queue only when the
//! far end took it: delivered at least once, with one id for all attempts.

pub mod http;
mod message;
mod queue;
mod sender;
mod signing;
pub mod tls;

pub use message::AlertMessage;
pub use queue::enqueue;
pub(crate) use sender::jitter;
pub use sender::{SinkStatus, Webhook, WebhookSender};
pub use signing::{SecretError, SigningKey, hmac_sha256};
