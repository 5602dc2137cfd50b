//! Webhooks as a far end sees them: signed by Standard Webhooks 1.0, delivered again until taken, never elsewhere.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::process::until;
use common::site::Site;
use common::webhook::{Listener, Request};
use fengsui::event::{Severity, Timestamp};
use fengsui::output::{SigningKey, SinkStatus, Webhook, WebhookSender, enqueue};
use fengsui::store::Batch;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::{Notify, watch};

const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwZmVuZ3N1aS0x";

fn webhook(url: &str) -> Webhook {
    Webhook {
        name: "duty".to_owned(),
        url: url.to_owned(),
        key: SigningKey::parse(&format!("whsec_{SECRET}")).unwrap(),
        min_severity: Severity::Info,
        allow_private: true,
    }
}

fn url(listener: &Listener) -> String {
    format!("http://{}/hook", listener.address)
}

/// A running sender over a site's queue.
struct Sending {
    _runtime: Runtime,
    _stop: watch::Sender<bool>,
    wake: Arc<Notify>,
    status: Arc<Mutex<SinkStatus>>,
}

impl Sending {
    fn start(site: &Site, webhook: Webhook) -> Self {
        let sender = WebhookSender::new(webhook, site.committer().clone());
        let (wake, status) = (sender.wake(), sender.status());
        let (stop, stopped) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.spawn(sender.run(stopped));
        Sending { _runtime: runtime, _stop: stop, wake, status }
    }

    fn status(&self) -> SinkStatus {
        self.status.lock().unwrap().clone()
    }

    fn error(&self) -> String {
        until("something went wrong", || self.status().last_error)
    }
}

fn site() -> (TempDir, Site) {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::open(folder.path());
    (folder, site)
}

fn queue(site: &Site, id: &str) {
    let mut batch = Batch::default();
    let body = json!({ "type": "alert.created", "data": { "id": id, "title": "控制器停机" } }).to_string();
    enqueue(&mut batch, "duty", id, body, Timestamp::now()).unwrap();
    site.committer().commit(batch).unwrap();
}

/// The signature as the far end reckons it, by nothing of ours.
fn is_signed(request: &Request) -> bool {
    let (id, timestamp) = (request.header("webhook-id"), request.header("webhook-timestamp"));
    let mut mac = Hmac::<Sha256>::new_from_slice(&STANDARD.decode(SECRET).unwrap()).unwrap();
    mac.update(format!("{id}.{timestamp}.{}", request.body).as_bytes());
    let wanted = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    request.header("webhook-signature").split(' ').any(|signature| signature == wanted)
}

fn ids(requests: &[Request]) -> Vec<String> {
    requests.iter().map(|request| request.header("webhook-id").to_owned()).collect()
}

#[test]
fn a_message_is_signed_and_sent_again_until_it_is_taken() {
    let (_folder, site) = site();
    let listener = Listener::start();
    listener.answer(500, "");
    listener.answer(404, "");
    queue(&site, "msg_1");
    let sending = Sending::start(&site, webhook(&url(&listener)));
    assert!(sending.error().contains("500"));
    // A far end in trouble is asked again by other messages too; each keeps its own id.
    queue(&site, "msg_2");
    sending.wake.notify_one();
    until("the second message is taken", || ids(&listener.taken()).contains(&"msg_2".to_owned()).then_some(()));
    for request in listener.requests() {
        assert!(is_signed(&request), "{request:?}");
        assert_eq!(request.path, "/hook");
        assert_eq!(request.header("content-type"), "application/json");
        assert_eq!(request.json()["data"]["id"], request.header("webhook-id"));
        let timestamp: u64 = request.header("webhook-timestamp").parse().unwrap();
        assert!(Timestamp::now().seconds().abs_diff(timestamp) < 300, "seconds since 1970");
    }
    let attempts = |id: &str| ids(&listener.requests()).iter().filter(|sent| *sent == id).count();
    assert!(attempts("msg_1") >= 2, "tried again after the 500");
}

#[test]
fn the_queue_survives_a_restart_and_a_far_end_that_was_away() {
    let (_folder, mut site) = site();
    let place = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = place.local_addr().unwrap();
    let closed = format!("http://{address}/hook");
    drop(place);
    for number in 0..3 {
        queue(&site, &format!("msg_{number}"));
    }
    let sending = Sending::start(&site, webhook(&closed));
    sending.error();
    drop(sending);
    site = site.reopened();

    let listener = Listener::start();
    let sending = Sending::start(&site, webhook(&url(&listener)));
    until("all are delivered", || (listener.taken().len() >= 3).then_some(()));
    let mut taken = ids(&listener.taken());
    taken.sort();
    assert_eq!(taken, ["msg_0", "msg_1", "msg_2"]);
    until("the queue is empty", || (sending.status().waiting == 0).then_some(()));
    drop(sending);
    // What was taken is not sent again after another restart.
    site = site.reopened();
    queue(&site, "msg_3");
    let _sending = Sending::start(&site, webhook(&url(&listener)));
    until("the new one is delivered", || ids(&listener.taken()).contains(&"msg_3".to_owned()).then_some(()));
    assert_eq!(listener.requests().len(), 4);
}

#[test]
fn gone_is_gone_until_the_address_changes() {
    let (_folder, mut site) = site();
    let listener = Listener::start();
    listener.answer(410, "");
    queue(&site, "msg_1");
    let sending = Sending::start(&site, webhook(&url(&listener)));
    until("it is off", || sending.status().off.then_some(()));
    queue(&site, "msg_2");
    sending.wake.notify_one();
    drop(sending);
    site = site.reopened();
    let sending = Sending::start(&site, webhook(&url(&listener)));
    until("it is still off", || sending.status().off.then_some(()));
    sending.wake.notify_one();
    drop(sending);
    assert_eq!(listener.requests().len(), 1, "nobody pressed on");

    let elsewhere = Listener::start();
    site = site.reopened();
    let sending = Sending::start(&site, webhook(&url(&elsewhere)));
    until("what waited is delivered there", || (elsewhere.taken().len() == 2).then_some(()));
    assert!(!sending.status().off);
}

#[test]
fn a_redirect_is_not_followed() {
    let (_folder, site) = site();
    let (listener, elsewhere) = (Listener::start(), Listener::start());
    listener.answer(302, &format!("location: {}\r\n", url(&elsewhere)));
    queue(&site, "msg_1");
    let sending = Sending::start(&site, webhook(&url(&listener)));
    let error = sending.error();
    assert!(error.contains("302") && error.contains("redirects are not followed"), "{error}");
    until("the first address is tried again", || (!listener.taken().is_empty()).then_some(()));
    assert!(elsewhere.requests().is_empty());
}

#[test]
fn an_address_of_ones_own_network_needs_leave() {
    let (_folder, site) = site();
    let listener = Listener::start();
    queue(&site, "msg_1");
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"] {
        let url = format!("http://{host}:{}/hook", listener.address.port());
        let sending = Sending::start(&site, Webhook { allow_private: false, name: "duty".to_owned(), ..webhook(&url) });
        let error = sending.error();
        assert!(error.contains("allow_private"), "{host}: {error}");
        drop(sending);
        // The next message is due at once, whatever became of the one before.
        queue(&site, &format!("msg_{host}"));
    }
    assert!(listener.requests().is_empty());
}
