//! YARA beside the analyst: carried files wait in a bounded line for a thread that does nothing else, so that a file which
//! takes long holds up neither packets nor alerts. What finds no room in the line is counted and said. A replay scans at once
//! instead, for it has to say the same on every run.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, unbounded};

use super::hands::spawn;
use crate::event::{Event, EventKind, Finding, FindingSource, Reason, Set, Severity};
use crate::signature::{Scanner, YaraMatch, unpack};

/// Files that may wait.
const MAX_WAITING: usize = 256;
/// Their bytes in all.
const MAX_BYTES: usize = 64 << 20;
/// Time that one file with all that it holds may take, after which nothing more of it is begun.
const SHARE: Duration = Duration::from_secs(10);

/// Whoever scans.
pub(super) enum Scans {
    Here(Arc<Scanner>),
    Beside(Beside),
}

pub(super) struct Beside {
    scanner: Arc<Scanner>,
    line: Sender<(Arc<Scanner>, Event)>,
    found: Receiver<Vec<Finding>>,
    waiting: Arc<AtomicUsize>,
    left_out: u64,
}

impl Scans {
    pub fn here(scanner: Scanner) -> Self {
        Scans::Here(Arc::new(scanner))
    }

    /// From now on on a thread of its own, which ends with us.
    pub fn go_beside(&mut self) {
        let Scans::Here(scanner) = self else { return };
        let (line, files) = bounded::<(Arc<Scanner>, Event)>(MAX_WAITING);
        let (tell, found) = unbounded();
        let waiting = Arc::new(AtomicUsize::new(0));
        let done = Arc::clone(&waiting);
        spawn("yara", move || {
            for (scanner, event) in files {
                let findings = scan(&scanner, &event);
                done.fetch_sub(size(&event), Ordering::Relaxed);
                if tell.send(findings).is_err() {
                    return;
                }
            }
        });
        *self = Scans::Beside(Beside { scanner: Arc::clone(scanner), line, found, waiting, left_out: 0 });
    }

    /// Other rules; files that wait are still scanned by the old ones.
    pub fn reload(&mut self, new: Scanner) {
        let (Scans::Here(scanner) | Scans::Beside(Beside { scanner, .. })) = self;
        *scanner = Arc::new(new);
    }

    /// Takes a carried file; gives what is known of files at once.
    pub fn take(&mut self, event: &Event) -> Vec<Finding> {
        match self {
            Scans::Here(scanner) => scan(scanner, event),
            Scans::Beside(beside) => {
                beside.put(event);
                self.found()
            }
        }
    }

    /// What was found since.
    pub fn found(&self) -> Vec<Finding> {
        match self {
            Scans::Here(_) => Vec::new(),
            Scans::Beside(beside) => beside.found.try_iter().flatten().collect(),
        }
    }
}

impl Beside {
    fn put(&mut self, event: &Event) {
        if self.scanner.is_empty() {
            return;
        }
        let size = size(event);
        let waits = self.waiting.load(Ordering::Relaxed);
        let sent = if waits + size > MAX_BYTES {
            false
        } else {
            self.waiting.fetch_add(size, Ordering::Relaxed);
            let sent = self.line.try_send((Arc::clone(&self.scanner), event.clone()));
            if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = &sent {
                self.waiting.fetch_sub(size, Ordering::Relaxed);
            }
            sent.is_ok()
        };
        if !sent {
            self.left_out += 1;
            tracing::warn!(left_out = self.left_out, "a carried file is not scanned: too many wait");
        }
    }
}

fn size(event: &Event) -> usize {
    if let EventKind::Artifact(artifact) = &event.kind { artifact.bytes.len() } else { 0 }
}

/// A file, and what it holds where it is an archive. A rule speaks once about one file: of the outermost where it matches.
fn scan(scanner: &Scanner, event: &Event) -> Vec<Finding> {
    let EventKind::Artifact(artifact) = &event.kind else { return Vec::new() };
    if scanner.is_empty() {
        return Vec::new();
    }
    let end = Instant::now() + SHARE;
    let mut told = Set::default();
    let mut findings = Vec::new();
    let mut look = |name: &str, bytes: &[u8]| match scanner.scan(bytes) {
        Ok(matches) => {
            let new = matches.into_iter().filter(|found| told.insert(found.rule.clone()));
            findings.extend(new.map(|found| finding(event, name, found)));
            Instant::now() < end
        }
        Err(error) => {
            tracing::warn!(artifact = %name, %error, "yara scan did not end");
            false
        }
    };
    if look(&artifact.name, &artifact.bytes) {
        unpack(&artifact.bytes, &mut |name, bytes| look(&format!("{}/{name}", artifact.name), bytes));
    }
    findings
}

fn finding(event: &Event, name: &str, found: YaraMatch) -> Finding {
    let reason = Reason::new("reason.yara").with("rule", &found.rule).with("name", name);
    Finding {
        ts: event.ts,
        source: FindingSource::Yara {
            rule: found.rule,
            message: found.message,
            zh: found.zh,
            techniques: found.techniques,
        },
        severity: found.severity.unwrap_or(Severity::High),
        service: event.service,
        flow: event.flow,
        ends: event.ends.clone(),
        outcome: None,
        class: None,
        act: name.to_owned(),
        reasons: vec![reason],
        evidence: event.evidence.clone(),
        learnable: false,
    }
}

#[cfg(all(test, feature = "yara"))]
mod tests {
    use super::*;
    use crate::event::{Artifact, Endpoint, Ends, Evidence, Service, Timestamp, Transport, Vlans};
    use crate::signature::RuleText;

    fn scanner() -> Scanner {
        let text = "rule bad { strings: $a = \"bad\" condition: $a }".to_owned();
        Scanner::load(&[RuleText { name: "test.yar".into(), text }]).0
    }

    fn file(bytes: Vec<u8>) -> Event {
        let end = || Endpoint { ip: None, port: 0, mac: None };
        let artifact = Artifact {
            kind: "http_body".into(),
            name: "/a".to_owned(),
            to_server: true,
            size: bytes.len() as u64,
            complete: true,
            sha256: String::new(),
            block: None,
            comparison: None,
            bytes,
        };
        Event {
            ts: Timestamp::ZERO,
            service: Service::Port(Transport::Tcp, 80),
            flow: None,
            ends: Ends { vlans: Vlans::new(), client: end(), server: end() },
            kind: EventKind::Artifact(Box::new(artifact)),
            evidence: Evidence::default(),
        }
    }

    #[test]
    fn files_are_scanned_at_once_or_beside() {
        let mut scans = Scans::here(scanner());
        assert_eq!(scans.take(&file(b"all bad".to_vec())).len(), 1);
        scans.go_beside();
        let mut found = scans.take(&file(b"all bad".to_vec()));
        found.extend(scans.take(&file(b"all good".to_vec())));
        let Scans::Beside(beside) = &scans else { panic!("it went beside") };
        // Each file is answered, also where nothing was found.
        while found.is_empty() {
            found.extend(beside.found.recv().unwrap());
        }
        assert_eq!(found.len(), 1);
    }

    /// `{"bad file"}` in a ZIP archive.
    const ZIP: &[u8] = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\x08\0\0\0\x08\0\0\0\x05\0\0\0a.txtbad file";

    #[test]
    fn what_an_archive_holds_is_told_with_its_name_in_it_and_once() {
        let mut scans = Scans::here(scanner());
        let bad = &ZIP.repeat(3)[30..];
        let one = scans.take(&file([ZIP, bad].concat()));
        assert_eq!(one.len(), 1);
        assert_eq!(one[0].act, "/a", "the archive's own bytes show it");
        let packed = [b"\x1f\x8b\x08\0\0\0\0\0\0\x03KJLQH\xcb\xccI\x05\0", &[0; 8][..]].concat();
        let hidden = scans.take(&file(packed));
        assert_eq!(hidden.iter().map(|found| found.act.as_str()).collect::<Vec<_>>(), ["/a/gzip"]);
    }

    #[test]
    fn what_waits_has_a_bound() {
        let (line, _files) = bounded(MAX_WAITING);
        let (_tell, found) = unbounded();
        let waiting = Arc::default();
        let mut beside = Beside { scanner: Arc::new(scanner()), line, found, waiting, left_out: 0 };
        let large = file(vec![0; MAX_BYTES / 4]);
        for _ in 0..6 {
            beside.put(&large);
        }
        assert_eq!((beside.line.len(), beside.left_out), (4, 2));
        for _ in 0..2 * MAX_WAITING {
            beside.put(&file(Vec::new()));
        }
        assert_eq!(beside.line.len(), MAX_WAITING);
    }
}
