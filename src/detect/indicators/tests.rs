use std::fs;
use std::time::Duration;

use super::*;

const NOON: Timestamp = Timestamp::from_parts(1_780_000_000, 0);
const YEAR: Duration = Duration::from_secs(365 * 86_400);

fn loaded(name: &str, text: &str) -> IndicatorReport {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    fs::write(&file, text).unwrap();
    load(&[folder.path().to_owned()], Some(YEAR))
}

fn faults(report: &IndicatorReport) -> Vec<String> {
    report.faults.iter().map(|fault| format!("{} {}", fault.place, fault.reason)).collect()
}

#[test]
fn a_table_is_read_by_the_names_of_its_columns() {
    let report = loaded(
        "list.csv",
        "type,value,expires,description\n\
         ip,203.0.113.0/24,,scanner\n\
         domain,Update.Bad.example,2026-05-01,\"loader, stage 2\"\n\
         ,198.51.100.7,,\n\
         url,HTTP://Bad.example:80/Gate.php,,\n\
         ja4,t13d1516h2_8daaf6152771_b186095e22b6,,\n\
         domain,com,,\n\
         md5,d41d8cd98f00b204e9800998ecf8427e,,\n\
         ssdeep,3:a:b,,\n\
         ip,10.0.0.0/33,,\n\
         domain,late.example,someday,\n",
    );
    assert_eq!(report.indicators.len(), 6);
    let wrong = faults(&report);
    assert_eq!(wrong.len(), 4, "{wrong:?}");
    assert!(wrong[0].starts_with("line 7 'com'") && wrong[1].contains("'ssdeep'"), "{wrong:?}");
    assert!(wrong[2].contains("10.0.0.0/33") && wrong[3].contains("someday"), "{wrong:?}");
    assert!(!report.is_broken);
    let all = report.indicators;
    assert_eq!(&*all.address("203.0.113.77".parse().unwrap(), NOON).unwrap().about, "scanner");
    assert!(all.address("198.51.100.7".parse().unwrap(), NOON).is_some());
    assert!(all.address("198.51.100.8".parse().unwrap(), NOON).is_none());
    let url = |url: &str| all.mention(MentionKind::Url, url, NOON).map(|(_, value)| value);
    assert_eq!(url("bad.example/Gate.php?id=7").as_deref(), Some("bad.example/Gate.php"));
    assert_eq!(url("bad.example/gate.php"), None, "the letters of a path are not alike");
    assert!(all.mention(MentionKind::Ja4, "t13d1516h2_8daaf6152771_b186095e22b6", NOON).is_some());
}

#[test]
fn a_name_stands_for_all_below_it_until_it_expires() {
    let all = loaded("list.csv", "value,expires\nbad.example,2026-05-31\nbad.example,2026-05-01\n").indicators;
    let found = |name: &str, at| all.mention(MentionKind::DnsQuery, name, at).map(|(_, value)| value);
    assert_eq!(all.len(), 1);
    let last = Timestamp::from_parts(1_780_271_999, 0);
    assert_eq!(found("x.y.bad.example", last).as_deref(), Some("bad.example"), "the later of two ends counts");
    assert_eq!(found("bad.example", last + Duration::from_secs(1)), None);
    assert_eq!(found("notbad.example", last), None);
}

#[test]
fn a_bundle_of_stix_is_read_and_its_mistakes_are_named() {
    let report = loaded(
        "bundle.json",
        r#"{"type": "bundle", "id": "bundle--1", "objects": [
            {"type": "malware", "id": "malware--1"},
            {"type": "indicator", "id": "indicator--1", "name": "c2", "pattern_type": "stix", "valid_from": "2026-01-01T00:00:00Z",
             "pattern": "[domain-name:value = 'C2.example' OR ipv4-addr:value = '192.0.2.9']"},
            {"type": "indicator", "id": "indicator--2", "pattern": "[ipv4-addr:value = '192.0.2.10']", "revoked": true},
            {"type": "indicator", "id": "indicator--3", "pattern": "[process:name = 'x']"},
            {"type": "indicator", "id": "indicator--4", "pattern": "alert", "pattern_type": "suricata"},
            {"type": "indicator", "id": "indicator--5", "valid_until": "2020-01-01T00:00:00.000Z",
             "pattern": "[x509-certificate:hashes.'SHA-1' = 'AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA:AA']"}
        ]}"#,
    );
    assert_eq!(report.indicators.len(), 3);
    let wrong = faults(&report);
    assert!(wrong[0].starts_with("indicator--3 'process:name'") && wrong[1].contains("suricata"), "{wrong:?}");
    let all = report.indicators;
    let c2 = |at| all.mention(MentionKind::TlsServerName, "c2.example", at).is_some();
    assert!(c2(NOON) && !c2(NOON + YEAR), "a year after it was first known it is silent");
    let thumbprint = "aa".repeat(20);
    assert!(all.mention(MentionKind::CertificateSha1, &thumbprint, NOON).is_none(), "it ended in 2020");
    assert!(all.mention(MentionKind::CertificateSha1, &thumbprint, Timestamp::ZERO).is_some());
}

#[test]
fn an_event_of_misp_is_read() {
    let hash = "ab".repeat(32);
    let report = loaded(
        "event.json",
        &format!(
            r#"{{"response": [{{"Event": {{"info": "campaign", "Attribute": [
                {{"type": "domain|ip", "value": "evil.example|192.0.2.1", "timestamp": "1779000000", "to_ids": true}},
                {{"type": "ip-dst|port", "value": "192.0.2.2|443", "to_ids": true}},
                {{"type": "text", "value": "a remark"}},
                {{"type": "domain", "value": "example.org", "to_ids": false}},
                {{"type": "domain", "value": "no name"}}],
               "Object": [{{"Attribute": [{{"type": "filename|sha256", "value": "a.exe|{hash}", "comment": "dropper"}}]}}]}}}}]}}"#
        ),
    );
    assert_eq!(report.indicators.len(), 4);
    assert_eq!(faults(&report), ["attribute 5 'no name' is no domain name"]);
    let all = report.indicators;
    assert!(all.address("192.0.2.1".parse().unwrap(), NOON).is_some_and(|listed| &*listed.about == "campaign"));
    assert!(all.file(&hash, NOON).is_some_and(|listed| &*listed.about == "dropper" && &*listed.list == "event.json"));
}

#[test]
fn what_is_no_list_is_named_and_breaks_nothing() {
    for text in
        ["", "a,b\n1,2\n", "{", "{\"a\": 1}", "[1]", "{\"response\": 1}", "{\"type\": \"bundle\", \"objects\": 1}"]
    {
        let report = loaded("x.json", text);
        assert!(report.is_broken && report.indicators.is_empty(), "{text}: {report:?}");
    }
    assert!(load(&["nowhere.csv".into()], None).is_broken);
}
