use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::complain;
use crate::capture::file::FileReader;
use crate::capture::{self, CaptureOptions, Condition, Engine, OpenError};
use crate::config;
use crate::event::{FrameRef, Lang};
use crate::pipeline::diagnosis::{self, Level, Remark, Reserves};
use crate::pipeline::survey::{Facts, Survey, most_of};

/// Buffer while listening.
const MEMORY: usize = 32 << 20;
const POLL: Duration = Duration::from_millis(100);
/// Networks and VLANs named.
const MOST_NAMES: usize = 12;

/// Says in plain words whether a mirror port is right and what to do.
///
/// Listens for a while, or reads a capture that was taken there, and judges: are other machines' frames mirrored at all, both
/// directions of each conversation, everything only once; was anything lost; is the interface set up as a capture port
/// should be; has the box enough memory and disk. May run beside 'fengsui run'.
///
/// Exit code 0: right, perhaps with notices. 1: something is wrong, and it says what to do.
///
/// Examples:
///   fengsui doctor -i enp3s0
///   fengsui doctor -i enp3s0 --seconds 300 --json
///   fengsui doctor plant.pcapng --lang en
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct Doctor {
    /// Captures taken at the port, in place of listening
    #[arg(value_name = "CAPTURE", required_unless_present = "interface", conflicts_with = "interface")]
    captures: Vec<PathBuf>,
    /// Interface to listen on
    #[arg(short = 'i', long, value_name = "IFACE")]
    interface: Option<String>,
    /// How long to listen
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    seconds: u64,
    /// The folder in which evidence will be kept
    #[arg(long, value_name = "DIR", default_value = "/var/lib/fengsui")]
    data: PathBuf,
    /// For a script
    #[arg(long)]
    json: bool,
    /// Language; without it that of the terminal, Chinese where it names none
    #[arg(long)]
    lang: Option<Tongue>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Tongue {
    Zh,
    En,
}

impl Doctor {
    pub fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        let report = match &self.interface {
            Some(interface) => self.listen(interface)?,
            None => self.read()?,
        };
        let mut out = io::stdout().lock();
        if self.json {
            serde_json::to_writer_pretty(&mut out, &report.json())?;
            writeln!(out)?;
        } else {
            report.print(self.lang(), &mut out)?;
        }
        Ok(if report.level() == Level::Wrong || !report.whole { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    fn listen(&self, interface: &str) -> Result<Report, Box<dyn Error>> {
        let options = CaptureOptions { engine: Engine::Ring, memory: MEMORY, filter: None };
        let before = FrameRef::default();
        let missing = || format!("the interface '{interface}' has gone");
        let mut source = match capture::open(interface, &options, before, None) {
            // That it is down is a finding and no mistake of whoever asks.
            Err(OpenError::Down { .. }) => {
                let condition = Condition::of(interface).ok_or_else(missing)?;
                return Ok(Report::of(None, Some([condition.clone(), condition]), self.reserves()));
            }
            opened => opened?,
        };
        let conditions = Condition::of(interface).ok_or_else(missing)?;
        let mut survey = Survey::new(capture::interfaces().into_iter().filter_map(|i| i.mac).collect());
        let end = Instant::now() + Duration::from_secs(self.seconds);
        while Instant::now() < end {
            source.poll(POLL, &mut |frame| survey.frame(frame))?;
            survey.drops(source.drops()?);
        }
        let after = Condition::of(interface).ok_or_else(missing)?;
        Ok(Report::of(Some(survey.facts()), Some([conditions, after]), self.reserves()))
    }

    fn read(&self) -> Result<Report, Box<dyn Error>> {
        let mut survey = Survey::new(Vec::new());
        let mut whole = true;
        for path in &self.captures {
            let mut reader = FileReader::open(path, 0, 0)?;
            loop {
                match reader.next_frame() {
                    Ok(Some(frame)) => survey.frame(&frame),
                    Ok(None) => break,
                    // What could be read is judged all the same.
                    Err(fault) => {
                        complain(&fault.to_string());
                        whole = false;
                        break;
                    }
                }
            }
        }
        Ok(Report { whole, ..Report::of(Some(survey.facts()), None, Reserves::default()) })
    }

    fn reserves(&self) -> Reserves {
        Reserves { memory_mb: free_memory_mb(), disk_mb: free_disk_mb(&self.data) }
    }

    fn lang(&self) -> Lang {
        match self.lang {
            Some(Tongue::Zh) => Lang::Zh,
            Some(Tongue::En) => Lang::En,
            None => {
                let set = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(|name| env::var(name).ok());
                let locale = set.unwrap_or_default();
                if locale.is_empty() || locale.starts_with("zh") { Lang::Zh } else { Lang::En }
            }
        }
    }
}

struct Report {
    facts: Option<Facts>,
    condition: Option<Condition>,
    reserves: Reserves,
    remarks: Vec<Remark>,
    /// All captures could be read to their end.
    whole: bool,
}

impl Report {
    fn of(facts: Option<Facts>, conditions: Option<[Condition; 2]>, reserves: Reserves) -> Self {
        let mut remarks = Vec::new();
        let mtu = conditions.as_ref().map(|[_, after]| after.mtu);
        if let Some([before, after]) = &conditions {
            remarks.extend(diagnosis::judge_interface(before, after));
        }
        if let Some(facts) = &facts {
            remarks.extend(diagnosis::judge(facts, mtu));
        }
        remarks.extend(diagnosis::judge_reserves(reserves, config::Data::default().evidence_quota_mb.into()));
        // What is wrong first.
        remarks.sort_by_key(|remark| std::cmp::Reverse(remark.level));
        Report { facts, condition: conditions.map(|[_, after]| after), reserves, remarks, whole: true }
    }

    fn level(&self) -> Level {
        self.remarks.iter().map(|remark| remark.level).max().unwrap_or(Level::Right)
    }

    fn print(&self, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
        let count = |level| self.remarks.iter().filter(|remark| remark.level == level).count();
        let counts = [("wrong", count(Level::Wrong).to_string()), ("notices", count(Level::Notice).to_string())];
        let verdict = match self.level() {
            Level::Right => "doctor.verdict.right",
            Level::Notice => "doctor.verdict.notice",
            Level::Wrong => "doctor.verdict.wrong",
        };
        writeln!(out, "{}\n", lang.say(verdict, &counts))?;
        for remark in &self.remarks {
            let sign = match remark.level {
                Level::Right => "✓",
                Level::Notice => "!",
                Level::Wrong => "✗",
            };
            writeln!(out, "{sign} {}", lang.say(&format!("doctor.{}", remark.id), &remark.args))?;
            if remark.level > Level::Right {
                writeln!(out, "  → {}", lang.say(&format!("doctor.{}.fix", remark.id), &remark.args))?;
            }
        }
        self.facts.as_ref().map_or(Ok(()), |facts| print_facts(facts, lang, out))
    }

    fn json(&self) -> JsonReport<'_> {
        let told = |remark: &Remark| JsonRemark {
            id: remark.id,
            level: remark.level,
            text: in_both(&format!("doctor.{}", remark.id), remark),
            fix: (remark.level > Level::Right).then(|| in_both(&format!("doctor.{}.fix", remark.id), remark)),
        };
        JsonReport {
            v: 1,
            verdict: self.level(),
            remarks: self.remarks.iter().map(told).collect(),
            facts: self.facts.as_ref(),
            interface: self.condition.as_ref(),
            reserves: self.reserves,
        }
    }
}

fn print_facts(facts: &Facts, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let mut line = |key: &str, value: String| writeln!(out, "  {}", lang.say(key, &[("value", value)]));
    line("doctor.facts", String::new())?;
    let traffic = format!("{} / {} / {:.1} s", facts.frames, indicatif::HumanBytes(facts.bytes), facts.seconds());
    line("doctor.facts.traffic", traffic)?;
    line("doctor.facts.unicast", format!("{} / {} / {}", facts.unicast, facts.group, facts.to_us))?;
    line("doctor.facts.sides", format!("{} / {}", facts.two_sided, facts.one_sided))?;
    let networks = most_of(&facts.networks, MOST_NAMES).into_iter();
    let networks = networks.map(|name| format!("{name} ({})", facts.networks.get(&name).copied().unwrap_or(0)));
    line("doctor.facts.networks", networks.collect::<Vec<_>>().join(", "))?;
    let vlans = most_of(&facts.vlans, MOST_NAMES).into_iter().map(|id| match id {
        0 => lang.text("doctor.facts.untagged"),
        id => id.to_string(),
    });
    line("doctor.facts.vlans", vlans.collect::<Vec<_>>().join(", "))?;
    line("doctor.facts.protocols", most_of(&facts.protocols, MOST_NAMES).join(", "))
}

#[derive(Serialize)]
struct JsonReport<'a> {
    v: u32,
    verdict: Level,
    remarks: Vec<JsonRemark>,
    facts: Option<&'a Facts>,
    interface: Option<&'a Condition>,
    reserves: Reserves,
}

#[derive(Serialize)]
struct JsonRemark {
    id: &'static str,
    level: Level,
    text: BTreeMap<&'static str, String>,
    fix: Option<BTreeMap<&'static str, String>>,
}

fn in_both(key: &str, remark: &Remark) -> BTreeMap<&'static str, String> {
    BTreeMap::from([("zh", Lang::Zh.say(key, &remark.args)), ("en", Lang::En.say(key, &remark.args))])
}

fn free_memory_mb() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kb| kb / 1024)
}

/// Of the disk that holds the folder, or will hold it once it is made.
fn free_disk_mb(folder: &Path) -> Option<u64> {
    let there = folder.ancestors().find(|path| path.exists())?;
    let stats = rustix::fs::statvfs(there).ok()?;
    Some(stats.f_bavail.saturating_mul(stats.f_frsize) >> 20)
}
