use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::alert::Party;
use crate::event::{MacAddr, hex};
use crate::inventory::{Address, Role};
use crate::output::hmac_sha256;

/// Turns inner identities into names that mean something only at home.
///
/// The same machine has the same pseudonym in every report of a site; without the site's key nobody can go back, and two
/// sites cannot be compared.
pub struct Masker {
    key: [u8; 32],
}

/// A side of an alert as it leaves the factory.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MaskedParty {
    /// Sixteen hexadecimal digits for a machine inside; a public address as it is, for it is the attacker's.
    pub id: String,
    /// `inside` or `outside`.
    pub side: String,
    /// The maker's part of the MAC address.
    pub mac_prefix: Option<String>,
    pub role: Option<Role>,
}

impl Masker {
    pub const fn new(key: [u8; 32]) -> Self {
        Masker { key }
    }

    pub fn party(&self, party: &Party) -> MaskedParty {
        let outside = party.ip.filter(|ip| !Address::Ip(*ip).is_inside());
        let id = match (outside, party.ip, party.mac) {
            (Some(public), ..) => public.to_string(),
            (None, Some(ip), _) => self.ip(ip),
            (None, None, Some(mac)) => self.mac(mac),
            (None, None, None) => String::new(),
        };
        let side = if outside.is_some() { "outside" } else { "inside" }.to_owned();
        // Behind a router the MAC address is the router's and says nothing of an outside address.
        let mac_prefix = party.mac.filter(|_| outside.is_none()).map(prefix);
        MaskedParty { id, side, mac_prefix, role: party.role }
    }

    fn ip(&self, ip: IpAddr) -> String {
        self.pseudonym("ip", &ip.to_string())
    }

    fn mac(&self, mac: MacAddr) -> String {
        self.pseudonym("mac", &mac.to_string())
    }

    fn pseudonym(&self, kind: &str, value: &str) -> String {
        hex(&hmac_sha256(&self.key, format!("{kind}:{value}").as_bytes())[..8])
    }
}

fn prefix(mac: MacAddr) -> String {
    let [a, b, c, ..] = mac.0;
    format!("{a:02x}:{b:02x}:{c:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(ip: &str, key: u8) -> MaskedParty {
        let party = Party {
            ip: Some(ip.parse().unwrap()),
            mac: Some("00:1b:1b:01:02:03".parse().unwrap()),
            asset: Some("asset-3".into()),
            label: Some("mixer (10.1.1.5)".into()),
            role: Some(Role::Plc),
        };
        Masker::new([key; 32]).party(&party)
    }

    #[test]
    fn inside_is_a_pseudonym_and_outside_is_as_it_is() {
        let inside = masked("10.1.1.5", 1);
        assert_eq!((inside.id.len(), inside.side.as_str()), (16, "inside"));
        assert_eq!(inside.mac_prefix.as_deref(), Some("00:1b:1b"));
        assert_eq!(masked("10.1.1.5", 1), inside, "the same machine has the same name");
        assert_ne!(masked("10.1.1.6", 1).id, inside.id);
        assert_ne!(masked("10.1.1.5", 2).id, inside.id, "another site, another name");
        let outside = masked("203.0.114.7", 1);
        assert_eq!((outside.id.as_str(), outside.side.as_str(), outside.mac_prefix), ("203.0.114.7", "outside", None));
    }

    #[test]
    fn nothing_of_the_inner_identity_is_in_the_text() {
        let text = serde_json::to_string(&masked("10.1.1.5", 1)).unwrap();
        for secret in ["10.1.1.5", "01:02:03", "mixer", "asset-3"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}
