//! What goes by, held against the lists.

use std::net::IpAddr;
use std::sync::Arc;

use md5::Md5;
use sha1::{Digest, Sha1};

use super::{Indicators, Listed};
use crate::detect::Scene;
use crate::event::{Artifact, EventKind, Finding, Mention, Notice, Reason, Service, Transport, hex};

const ARP: Service = Service::Port(Transport::Arp, 0);

/// Holds the lists that are in use.
#[derive(Clone, Default)]
pub struct IndicatorWatch(Arc<Indicators>);

impl IndicatorWatch {
    pub fn new(indicators: Indicators) -> Self {
        IndicatorWatch(Arc::new(indicators))
    }

    pub fn event(&self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        if self.0.is_empty() {
            return;
        }
        match &scene.event.kind {
            // Who asks by ARP for an address that is not there, has not reached it.
            EventKind::Flow(_) if scene.event.service != ARP => found.extend(self.addresses(scene)),
            EventKind::Notice(Notice::Mention(mention)) => found.extend(self.mention(scene, mention)),
            EventKind::Artifact(artifact) => found.extend(self.file(scene, artifact)),
            _ => {}
        }
    }

    fn addresses(&self, scene: &Scene<'_>) -> Option<Finding> {
        let ends = [scene.event.ends.server.ip, scene.event.ends.client.ip];
        ends.into_iter().flatten().find_map(|ip: IpAddr| {
            let listed = self.0.address(ip, scene.event.ts)?;
            Some(finding(scene, listed, "address", &ip.to_string()))
        })
    }

    fn mention(&self, scene: &Scene<'_>, mention: &Mention) -> Option<Finding> {
        let (listed, value) = self.0.mention(mention.how, &mention.name, scene.event.ts)?;
        Some(finding(scene, listed, mention.how.name(), &value))
    }

    fn file(&self, scene: &Scene<'_>, artifact: &Artifact) -> Option<Finding> {
        let hashes = [artifact.sha256.clone(), hex(&Sha1::digest(&artifact.bytes)), hex(&Md5::digest(&artifact.bytes))];
        let listed =
            |hash: &String| self.0.file(hash, scene.event.ts).map(|listed| finding(scene, listed, "file", hash));
        hashes.iter().filter(|_| artifact.complete).find_map(listed)
    }
}

/// One alert for each thing that is listed and each pair of machines that has to do with it.
fn finding(scene: &Scene<'_>, listed: &Listed, how: &str, value: &str) -> Finding {
    let mut finding = scene.finding("NET-24", value);
    finding
        .reasons
        .push(Reason::new("reason.indicator").with("how", how).with("value", value).with("list", &listed.list));
    if !listed.about.is_empty() {
        finding.reasons.push(Reason::new("reason.indicator_about").with("about", &listed.about));
    }
    finding
}
