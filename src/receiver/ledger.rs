use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::event::{Timestamp, hex};
use crate::store::{Batch, Committer, Records, StoreError, Table, read_record, write_record};
use crate::uplink::{
    AlertRecord, Answer, AnswerCode, Enterprise, Envelope, EnvelopeError, Heartbeat, Register, Registered, Rejection,
    open_body,
};

/// Sequence numbers named as missing in one answer.
const MAX_MISSING: u64 = 100;
/// Records in one batch.
const MAX_RECORDS: usize = 1000;

/// A probe that registered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReceivedProbe {
    pub probe_id: String,
    pub enterprise: Enterprise,
    pub software: String,
    pub registered: Timestamp,
    pub last_heard: Timestamp,
    pub last_heartbeat: Option<Heartbeat>,
    /// Highest number accepted on the alerts channel.
    pub last_seq: u64,
    /// Signs what this probe sends; never shown.
    key: String,
}

/// An alert as last reported.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Received {
    pub probe_id: String,
    pub record: AlertRecord,
    pub received: Timestamp,
    /// Batches that spoke of it.
    pub reports: u32,
}

/// What was received, in the store.
pub struct Ledger {
    committer: Committer,
    /// SHA-256 of each code that lets one probe in.
    codes: Vec<String>,
}

impl Ledger {
    pub fn new(committer: Committer, codes: &[String]) -> Self {
        let codes = codes.iter().map(|code| hex(&Sha256::digest(code.as_bytes()))).collect();
        Ledger { committer, codes }
    }

    pub async fn register(&self, envelope: &Envelope) -> Result<Registered, StoreError> {
        let refused = |code, msg: &str| Ok(Registered { answer: answer(code, msg), probe_key: None });
        // The code itself is the key of this one message; it stands in the body that it signs.
        let Some(code) = self.code_of(envelope) else {
            return refused(AnswerCode::ENROLMENT, "the enrolment code is not known");
        };
        let body: Register = match open_body(envelope, code.as_bytes()) {
            Ok(body) => body,
            Err(error) => return refused(code_of_error(&error), &error.to_string()),
        };
        let used_by: Option<String> = self.committer.storage().record(Table::Meta, &used_key(&code))?;
        if used_by.is_some_and(|probe| probe != body.probe.id) {
            return refused(AnswerCode::ENROLMENT, "the enrolment code was used by another probe");
        }
        let mut key = [0u8; 32];
        if getrandom::fill(&mut key).is_err() {
            return refused(AnswerCode::OTHER, "no random numbers");
        }
        let now = Timestamp::now();
        let known = self.probe(&body.probe.id)?;
        let probe = ReceivedProbe {
            probe_id: body.probe.id.clone(),
            enterprise: body.enterprise,
            software: body.probe.software,
            registered: now,
            last_heard: now,
            last_heartbeat: None,
            last_seq: known.map_or(0, |known| known.last_seq),
            key: STANDARD.encode(key),
        };
        let mut batch = Batch::default();
        put_probe(&mut batch, &probe)?;
        batch.put(Table::Meta, &used_key(&code), write_record(&probe.probe_id)?);
        self.committer.commit_async(batch).await?;
        Ok(Registered { answer: answer(AnswerCode::OK, "registered"), probe_key: Some(probe.key) })
    }

    pub async fn heartbeat(&self, envelope: &Envelope) -> Result<Answer, StoreError> {
        let Some(mut probe) = self.probe(&envelope.probe_id)? else {
            return Ok(answer(AnswerCode::UNKNOWN_PROBE, "this probe is not registered"));
        };
        let beat: Heartbeat = match open_body(envelope, &probe.key()) {
            Ok(beat) => beat,
            Err(error) => return Ok(answer(code_of_error(&error), &error.to_string())),
        };
        probe.last_heard = Timestamp::now();
        probe.last_heartbeat = Some(beat);
        let mut batch = Batch::default();
        put_probe(&mut batch, &probe)?;
        self.committer.commit_async(batch).await?;
        Ok(answer(AnswerCode::OK, "ok"))
    }

    /// Takes batches in order; stops at the first that comes too early. To be called by one request at a time.
    pub async fn batches(&self, envelopes: &[Envelope]) -> Result<Answer, StoreError> {
        let mut whole = answer(AnswerCode::OK, "ok");
        for envelope in envelopes {
            match self.batch(envelope).await? {
                Verdict::Accepted => whole.accepted.push(envelope.msg_id.clone()),
                Verdict::Duplicate => whole.duplicate.push(envelope.msg_id.clone()),
                Verdict::Rejected { code, reason } => {
                    whole.rejected.push(Rejection { msg_id: envelope.msg_id.clone(), code, reason });
                }
                Verdict::Unknown => return Ok(answer(AnswerCode::UNKNOWN_PROBE, "this probe is not registered")),
                Verdict::Early { next } => {
                    whole.code = AnswerCode::GAP;
                    "send the missing ones first".clone_into(&mut whole.msg);
                    whole.missing = (next..envelope.seq.min(next + MAX_MISSING)).collect();
                    return Ok(whole);
                }
            }
        }
        Ok(whole)
    }

    /// Last accepted number of each channel of a probe.
    pub fn channels(&self, probe: &str) -> Result<Option<Vec<(String, u64)>>, StoreError> {
        Ok(self.probe(probe)?.map(|probe| vec![("alerts".to_owned(), probe.last_seq)]))
    }

    pub fn probes(&self) -> Result<Vec<ReceivedProbe>, StoreError> {
        let rows = self.committer.storage().rows(Table::Probes, &[], None, 10_000)?;
        rows.iter().map(|(_, bytes)| read_record(bytes)).collect()
    }

    /// Alerts as last reported, by probe and alert id.
    pub fn alerts(&self, after: Option<&str>, limit: usize) -> Result<Vec<Received>, StoreError> {
        let rows = self.committer.storage().rows(Table::Received, &[], after.map(str::as_bytes), limit)?;
        rows.iter().map(|(_, bytes)| read_record(bytes)).collect()
    }

    async fn batch(&self, envelope: &Envelope) -> Result<Verdict, StoreError> {
        let Some(mut probe) = self.probe(&envelope.probe_id)? else { return Ok(Verdict::Unknown) };
        let rejected = |code, reason: String| Ok(Verdict::Rejected { code, reason });
        let opened = open_body(envelope, &probe.key());
        if let Err(error) = &opened
            && !is_authentic(error)
        {
            return rejected(code_of_error(error), error.to_string());
        }
        if envelope.channel != "alerts" || envelope.seq == 0 {
            return rejected(
                AnswerCode::FORM,
                format!("channel '{}' has no number {}", envelope.channel, envelope.seq),
            );
        }
        if envelope.seq <= probe.last_seq {
            return self.repeated(envelope);
        }
        if envelope.seq > probe.last_seq + 1 {
            return Ok(Verdict::Early { next: probe.last_seq + 1 });
        }
        // A number is spent also on what can never be read: the ones after it must not wait for it.
        probe.last_seq = envelope.seq;
        probe.last_heard = Timestamp::now();
        let mut batch = Batch::default();
        put_probe(&mut batch, &probe)?;
        batch.put(Table::Batches, &batch_key(envelope), write_record(envelope)?);
        let (records, verdict) = readable(opened);
        for record in records {
            self.put_alert(&mut batch, &probe.probe_id, record)?;
        }
        self.committer.commit_async(batch).await?;
        Ok(verdict)
    }

    /// A number that was had before: the same message is harmless, another one must not be taken for it.
    fn repeated(&self, envelope: &Envelope) -> Result<Verdict, StoreError> {
        let known: Option<Envelope> = self.committer.storage().record(Table::Batches, &batch_key(envelope))?;
        if known.is_none_or(|known| known.msg_id == envelope.msg_id) {
            return Ok(Verdict::Duplicate);
        }
        let reason = format!("number {} was used by another message", envelope.seq);
        Ok(Verdict::Rejected { code: AnswerCode::USED, reason })
    }

    fn put_alert(&self, batch: &mut Batch, probe_id: &str, record: AlertRecord) -> Result<(), StoreError> {
        let key = format!("{probe_id}/{}", record.alert_id);
        let known: Option<Received> = self.committer.storage().record(Table::Received, key.as_bytes())?;
        let reports = known.map_or(0, |known| known.reports) + 1;
        let received = Received { probe_id: probe_id.to_owned(), record, received: Timestamp::now(), reports };
        batch.put(Table::Received, key.as_bytes(), write_record(&received)?);
        Ok(())
    }

    fn probe(&self, id: &str) -> Result<Option<ReceivedProbe>, StoreError> {
        self.committer.storage().record(Table::Probes, id.as_bytes())
    }

    /// The code that an envelope is signed with and carries, where we know it.
    fn code_of(&self, envelope: &Envelope) -> Option<String> {
        let peeked: Register = crate::uplink::peek_body(envelope).ok()?;
        let hash = hex(&Sha256::digest(peeked.enrolment_code.as_bytes()));
        self.codes.contains(&hash).then_some(peeked.enrolment_code)
    }
}

enum Verdict {
    Accepted,
    Duplicate,
    Rejected { code: u32, reason: String },
    Unknown,
    Early { next: u64 },
}

impl ReceivedProbe {
    fn key(&self) -> Vec<u8> {
        STANDARD.decode(&self.key).unwrap_or_default()
    }
}

fn put_probe(batch: &mut Batch, probe: &ReceivedProbe) -> Result<(), StoreError> {
    batch.put(Table::Probes, probe.probe_id.as_bytes(), write_record(probe)?);
    Ok(())
}

fn batch_key(envelope: &Envelope) -> Vec<u8> {
    [envelope.probe_id.as_bytes(), &[0], &envelope.seq.to_be_bytes()].concat()
}

/// The records of a batch and what is answered to it.
fn readable(opened: Result<Vec<AlertRecord>, EnvelopeError>) -> (Vec<AlertRecord>, Verdict) {
    match opened {
        Ok(records) if records.len() <= MAX_RECORDS => (records, Verdict::Accepted),
        Ok(records) => {
            let reason = format!("{} records are more than {MAX_RECORDS}", records.len());
            (Vec::new(), Verdict::Rejected { code: AnswerCode::TOO_LARGE, reason })
        }
        Err(error) => (Vec::new(), Verdict::Rejected { code: code_of_error(&error), reason: error.to_string() }),
    }
}

fn used_key(code: &str) -> Vec<u8> {
    format!("code-{}", hex(&Sha256::digest(code.as_bytes()))).into_bytes()
}

pub(super) fn answer(code: u32, msg: &str) -> Answer {
    Answer {
        code,
        msg: msg.to_owned(),
        req_id: uuid::Uuid::now_v7().to_string(),
        server_time: crate::uplink::beijing_time(Timestamp::now()),
        ..Answer::default()
    }
}

/// Whether it is the probe's own word, as far as it got.
const fn is_authentic(error: &EnvelopeError) -> bool {
    matches!(error, EnvelopeError::Packing | EnvelopeError::TooLarge | EnvelopeError::Fields(_))
}

const fn code_of_error(error: &EnvelopeError) -> u32 {
    match error {
        EnvelopeError::Signature | EnvelopeError::Digest => AnswerCode::SIGNATURE,
        EnvelopeError::Version(_) | EnvelopeError::Algorithm(..) => AnswerCode::VERSION,
        EnvelopeError::TooLarge => AnswerCode::TOO_LARGE,
        EnvelopeError::Packing | EnvelopeError::Fields(_) | EnvelopeError::Random => AnswerCode::FORM,
    }
}
