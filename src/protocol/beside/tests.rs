#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;

use super::*;
use crate::event::{LogOn, NetworkService, Outcome, Secret};

fn hear(listener: &mut dyn Listener, said: &[(Side, &[u8])]) -> Vec<Notice> {
    let mut told = Vec::new();
    for (from, bytes) in said {
        listener.take(*from, bytes, &mut |notice| told.push(notice));
    }
    told
}

fn log_ons(told: &[Notice]) -> Vec<(Option<&str>, Secret, Outcome)> {
    let log_on = |notice| match notice {
        &Notice::LogOn(LogOn { ref user, secret, outcome, .. }) => Some((user.as_deref(), secret, outcome)),
        _ => None,
    };
    told.iter().filter_map(log_on).collect()
}

const CLIENT: Side = Side::Client;
const SERVER: Side = Side::Server;

#[test]
fn ftp_tells_who_was_let_in_and_which_project_went_by() {
    let told = hear(
        &mut ftp::Ftp::default(),
        &[
            (SERVER, b"220 ready\r\n"),
            (CLIENT, b"USER ad"),
            (CLIENT, b"min\r\n"),
            (SERVER, b"331 password\r\n"),
            (CLIENT, b"PASS wrong\r\n"),
            (SERVER, b"530 no\r\n"),
            (CLIENT, b"USER admin\r\nPASS admin\r\n"),
            (SERVER, b"331 password\r\n230 in\r\n"),
            (CLIENT, b"STOR /line/press.ap17\r\nRETR readme.txt\r\n"),
        ],
    );
    let wanted =
        [(Some("admin"), Secret::Clear, Outcome::Refused), (Some("admin"), Secret::Default, Outcome::Accepted)];
    assert_eq!(log_ons(&told), wanted);
    let Some(Notice::Carried(carried)) = told.last() else { panic!("{told:?}") };
    assert_eq!((carried.name.as_str(), carried.kind, carried.to_server), ("/line/press.ap17", Cargo::Project, true));
    assert_eq!(told.len(), 3);
}

#[test]
fn telnet_is_read_by_its_prompts_past_its_own_orders() {
    let told = hear(
        &mut telnet::Telnet::default(),
        &[
            (SERVER, b"\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0plc login: "),
            (CLIENT, b"root\r\n"),
            (SERVER, b"root\r\nPassword: "),
            (CLIENT, b"guess\r\n"),
            (SERVER, b"\r\nLogin incorrect\r\nplc login: "),
            (CLIENT, b"root\r\0"),
            (SERVER, b"Password: "),
            (CLIENT, b"root\r\n"),
            (SERVER, b"\r\nwelcome\r\nroot@plc:~# "),
        ],
    );
    let wanted = [(Some("root"), Secret::Clear, Outcome::Refused), (Some("root"), Secret::Default, Outcome::Accepted)];
    assert_eq!(log_ons(&told), wanted);
}

#[test]
fn http_pairs_a_password_with_its_answer_and_sees_programs_in_bodies() {
    let told = hear(
        &mut http::Http::default(),
        &[
            (CLIENT, b"GET / HTTP/1.1\r\nAuthorization: Basic dXNlcjpzM2NyZXQ=\r\n\r\n"),
            (SERVER, b"HTTP/1.1 401 no\r\n\r\n"),
            (CLIENT, b"GET / HTTP/1.1\r\nauthorization: basic YWRtaW46YWRtaW4=\r\n\r\nGET /x HTTP/1.1\r\n\r\n"),
            (SERVER, b"HTTP/1.1 200 OK\r\n\r\n\x7fELF"),
        ],
    );
    let wanted = [(Some("user"), Secret::Clear, Outcome::Refused), (Some("admin"), Secret::Default, Outcome::Accepted)];
    assert_eq!(log_ons(&told), wanted);
    assert!(
        matches!(told.last(), Some(Notice::Carried(carried)) if carried.kind == Cargo::Program && !carried.to_server)
    );
}

#[test]
fn a_script_that_a_browser_fetches_is_no_cargo() {
    let told = hear(
        &mut http::Http::default(),
        &[(CLIENT, b"GET /app.js HTTP/1.1\r\n\r\n"), (SERVER, b"HTTP/1.1 200 OK\r\n\r\nfunction() {}")],
    );
    assert_eq!(told, []);
}

#[test]
fn vnc_tells_whether_a_password_was_asked_for() {
    let open = hear(
        &mut vnc::Vnc::default(),
        &[
            (SERVER, b"RFB 003.008\n"),
            (CLIENT, b"RFB 003.008\n"),
            (SERVER, b"\x01\x01"),
            (CLIENT, b"\x01"),
            (SERVER, &[0; 4]),
        ],
    );
    assert_eq!(log_ons(&open), [(None, Secret::None, Outcome::Accepted)]);
    let refused = hear(
        &mut vnc::Vnc::default(),
        &[
            (SERVER, b"RFB 003.008\n"),
            (CLIENT, b"RFB 003.008\n"),
            (SERVER, b"\x02\x02\x10"),
            (CLIENT, b"\x02"),
            (SERVER, &[7; 16]),
            (CLIENT, &[9; 16]),
            (SERVER, b"\0\0\0\x01\0\0\0\x04fail"),
        ],
    );
    assert_eq!(log_ons(&refused), [(None, Secret::Protected, Outcome::Refused)]);
}

#[test]
fn snmp_tries_are_refused_by_silence_and_a_set_names_its_object() {
    let message = |community: &[u8], kind: u8| {
        let mut body = vec![2, 1, 1, 2, 1, 0, 2, 1, 0, 0x30, 14, 0x30, 12, 6, 8, 0x2b, 6, 1, 2, 1, 1, 5, 0, 5, 0];
        let mut message = vec![0x30, 0, 2, 1, 1, 4, u8::try_from(community.len()).unwrap()];
        message.extend_from_slice(community);
        message.extend([kind, u8::try_from(body.len()).unwrap()]);
        message.append(&mut body);
        message[1] = u8::try_from(message.len() - 2).unwrap();
        message
    };
    let told = hear(
        &mut snmp::Snmp::default(),
        &[
            (CLIENT, &message(b"plant", 0xa0)),
            (CLIENT, &message(b"public", 0xa0)),
            (SERVER, &message(b"public", 0xa2)),
            (CLIENT, &message(b"public", 0xa3)),
        ],
    );
    assert_eq!(log_ons(&told), [(None, Secret::Clear, Outcome::Refused), (None, Secret::Default, Outcome::Accepted)]);
    assert_eq!(told.last(), Some(&Notice::SnmpSet { object: "1.3.6.1.2.1.1.5.0".to_owned() }));
}

#[test]
fn who_gives_out_addresses_and_who_claims_the_root_is_told() {
    let mut offer = vec![2, 1, 6, 0];
    offer.resize(236, 0);
    offer.extend([0x63, 0x82, 0x53, 0x63, 53, 1, 2, 54, 4, 10, 1, 1, 9, 255]);
    let told = serving::datagram(67, [10, 1, 1, 9].into(), &offer).unwrap();
    assert_eq!((told.what, told.detail.as_str()), (NetworkService::Dhcp, "10.1.1.9"));
    offer[242] = 1;
    assert_eq!(serving::datagram(67, [10, 1, 1, 9].into(), &offer), None, "a client's own message");
    let bridge = b"\x42\x42\x03\0\0\0\0\0\x10\0\x02\0\0\0\0\x07\0\0\0\0";
    let told = serving::root_bridge("01:80:c2:00:00:00".parse().ok(), bridge).unwrap();
    assert_eq!((told.what, told.detail.as_str()), (NetworkService::RootBridge, "4096 02:00:00:00:00:07"));
}

proptest! {
    #[test]
    fn no_bytes_break_it(said in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..300)), 0..12)) {
        let mut listeners: [Box<dyn Listener>; 7] = [
            Box::<ftp::Ftp>::default(),
            Box::<telnet::Telnet>::default(),
            Box::<http::Http>::default(),
            Box::<smb::Smb>::default(),
            Box::<snmp::Snmp>::default(),
            Box::new(tftp::Tftp),
            Box::<vnc::Vnc>::default(),
        ];
        for (from, bytes) in &said {
            let from = if *from { CLIENT } else { SERVER };
            for listener in &mut listeners {
                listener.take(from, bytes, &mut |_| {});
            }
            rpc::order(bytes);
            cargo::by_content(bytes);
            for port in [53, 67, 137, 5355] {
                serving::datagram(port, [10, 1, 1, 1].into(), bytes);
            }
            serving::router([10, 1, 1, 1].into(), bytes);
        }
    }
}
