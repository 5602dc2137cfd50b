//! Why a keyword or protocol of Suricata or Snort is refused.

const DNP3: &str = "DNP3 is not decoded yet";
const ENIP: &str = "EtherNet/IP and CIP are not decoded yet";
const TLS: &str = "rules do not see the parts of TLS";
const HTTP: &str = "this part of HTTP is not told apart";
const OTHER: &str = "rules do not see the parts of this protocol";
const FILES: &str = "files are searched by YARA rules";
const HEADER: &str = "rules see streams put together and datagrams, without this field of the packet";
const EVENT: &str = "what decoders find odd is told by detections, not by rules";

/// Beginnings of names, and why they are refused.
const REASONS: [(&str, &str); 45] = [
    ("dnp3", DNP3),
    ("enip", ENIP),
    ("cip", ENIP),
    ("tls", TLS),
    ("ssl", TLS),
    ("ja3", TLS),
    ("ja4", TLS),
    ("http", HTTP),
    ("dns", OTHER),
    ("smb", OTHER),
    ("dce", OTHER),
    ("ssh", OTHER),
    ("ftp", OTHER),
    ("smtp", OTHER),
    ("snmp", OTHER),
    ("krb5", OTHER),
    ("rdp", OTHER),
    ("rfb", OTHER),
    ("nfs", OTHER),
    ("tftp", OTHER),
    ("dhcp", OTHER),
    ("sip", OTHER),
    ("mqtt", OTHER),
    ("ike", OTHER),
    ("ntp", OTHER),
    ("quic", OTHER),
    ("file", FILES),
    ("base64", "encoded bytes are not decoded"),
    ("lua", "scripts are not run"),
    ("id", HEADER),
    ("fragbits", HEADER),
    ("fragoffset", HEADER),
    ("tos", HEADER),
    ("ipopts", HEADER),
    ("ipv4", HEADER),
    ("ipv6", HEADER),
    ("tcp.", HEADER),
    ("udp.", HEADER),
    ("icmp", HEADER),
    ("app-layer-event", EVENT),
    ("stream-event", EVENT),
    ("decode-event", EVENT),
    ("app-layer-protocol", "name the protocol or its port in the header"),
    ("stream_size", "the bytes of a stream are not counted for rules"),
    ("modbus", "this keyword of Modbus is not known"),
];

/// Why this keyword is refused.
pub fn keyword(name: &str) -> &'static str {
    let found = REASONS.iter().find(|(start, _)| if *start == "id" { name == "id" } else { name.starts_with(start) });
    found.map_or("this keyword is not supported", |(_, reason)| reason)
}

/// Why a protocol in a header is refused.
pub fn protocol(name: &str) -> String {
    let reason = match name {
        "dnp3" => DNP3,
        "enip" => ENIP,
        "tls" | "ssl" => TLS,
        _ => OTHER,
    };
    format!("protocol '{name}' is not supported: {reason}; write tcp or udp and the port for what lies in the bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_names_what_is_missing() {
        for (name, reason) in [
            ("dnp3_func", "DNP3"),
            ("cip_service", "CIP"),
            ("tls.cert_subject", "TLS"),
            ("filemagic", "YARA"),
            ("id", "packet"),
            ("idea", "not supported"),
        ] {
            assert!(keyword(name).contains(reason), "{name}: {}", keyword(name));
        }
        assert!(protocol("dnp3").contains("DNP3"));
    }
}
