use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::model::{Alert, PacketsLost, Party};
use crate::event::{FindingSource, Lang, SCHEMA_VERSION};

/// The JSON form of an alert: one object a line, keys stable.
pub struct AlertLine<'a> {
    pub alert: &'a Alert,
    /// Techniques by the catalogue, where a detection raised it.
    pub techniques: Vec<String>,
}

#[derive(Serialize)]
struct Texts {
    zh: String,
    en: String,
}

#[derive(Serialize)]
struct Side<'a> {
    ip: Option<std::net::IpAddr>,
    mac: Option<crate::event::MacAddr>,
    asset: Option<&'a str>,
}

#[derive(Serialize)]
struct Proof<'a> {
    capture: &'a str,
    frames: &'a [u64],
    pcapng: Option<&'a str>,
    sha256: Option<&'a str>,
    complete: Option<bool>,
    lost: Option<PacketsLost>,
}

impl Serialize for AlertLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let alert = self.alert;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("v", &SCHEMA_VERSION)?;
        map.serialize_entry("event_type", "alert")?;
        map.serialize_entry("id", &alert.id)?;
        source(&mut map, &alert.source)?;
        map.serialize_entry("severity", &alert.severity)?;
        map.serialize_entry("title", &Texts { zh: alert.title(Lang::Zh), en: alert.title(Lang::En) })?;
        map.serialize_entry("techniques", &self.techniques)?;
        map.serialize_entry("vlan", &alert.vlans)?;
        map.serialize_entry("client", &alert.client.as_ref().map(side))?;
        map.serialize_entry("server", &alert.server.as_ref().map(side))?;
        map.serialize_entry("protocol", &alert.service)?;
        map.serialize_entry("outcome", &alert.outcome)?;
        map.serialize_entry("count", &alert.count)?;
        map.serialize_entry("first", &alert.first)?;
        map.serialize_entry("last", &alert.last)?;
        map.serialize_entry("state", &alert.state)?;
        let reasons: Vec<String> = alert.reasons.iter().map(|reason| Lang::En.reason(reason)).collect();
        map.serialize_entry("reasons", &reasons)?;
        let reasons: Vec<String> = alert.reasons.iter().map(|reason| Lang::Zh.reason(reason)).collect();
        map.serialize_entry("reasons_zh", &reasons)?;
        map.serialize_entry("incident", &alert.incident)?;
        let packets = alert.packets.as_ref();
        let proof = Proof {
            capture: &alert.evidence.capture,
            frames: &alert.evidence.frames,
            pcapng: packets.map(|p| p.file.as_str()),
            sha256: packets.map(|p| p.sha256.as_str()),
            complete: packets.map(|p| p.complete),
            lost: alert.packets_lost,
        };
        map.serialize_entry("evidence", &proof)?;
        map.end()
    }
}

fn source<M: SerializeMap>(map: &mut M, source: &FindingSource) -> Result<(), M::Error> {
    match source {
        FindingSource::Detection { id } => {
            map.serialize_entry("detection", id)?;
            map.serialize_entry("sid", &None::<u32>)
        }
        FindingSource::Signature { gid, sid, rev, classtype, .. } => {
            map.serialize_entry("detection", &None::<&str>)?;
            map.serialize_entry("gid", gid)?;
            map.serialize_entry("sid", sid)?;
            map.serialize_entry("rev", rev)?;
            map.serialize_entry("classtype", classtype)
        }
        FindingSource::Yara { rule, .. } => {
            map.serialize_entry("detection", &None::<&str>)?;
            map.serialize_entry("sid", &None::<u32>)?;
            map.serialize_entry("yara", rule)
        }
    }
}

fn side(party: &Party) -> Side<'_> {
    Side { ip: party.ip, mac: party.mac, asset: party.asset.as_deref() }
}
