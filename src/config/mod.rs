//! One typed TOML file: unknown keys are refused, every key is documented in `default.toml`, secrets come by file or
//! environment. Knows nothing of the other rooms; the command line hands its values on.

mod secret;
mod time;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

pub use secret::Secret;
pub use time::{Time, parse_time};

/// The documented default of the appliance.
pub const DEFAULT: &str = include_str!("default.toml");
/// The documented default of the receiver.
pub const DEFAULT_RECEIVER: &str = include_str!("receiver.toml");

/// The appliance.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub capture: Capture,
    pub data: Data,
    pub plant: Plant,
    pub learning: Learning,
    pub rules: Rules,
    pub indicators: Indicators,
    pub console: Console,
    pub webhook: Vec<Webhook>,
    pub uplink: Uplink,
    pub log: Log,
}

#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Capture {
    pub interfaces: Vec<String>,
    pub engine: String,
    pub buffer_mb: u32,
    pub memory_mb: u32,
    pub workers: u32,
    pub filter: String,
    pub vlan_in_flow_key: bool,
}

#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    pub folder: PathBuf,
    pub evidence_memory_mb: u32,
    pub evidence_quota_mb: u32,
    pub evidence_keep: Time,
}

#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Plant {
    pub inside: Vec<String>,
}

#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Learning {
    pub quiet: Time,
    pub patience: u32,
    pub floor: Time,
    #[serde(deserialize_with = "time::optional")]
    pub ceiling: Option<Time>,
    #[serde(deserialize_with = "time::optional")]
    pub set_time: Option<Time>,
    pub trust_new_devices: bool,
}

#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    pub paths: Vec<PathBuf>,
    pub variables: BTreeMap<String, String>,
    pub detections_off: Vec<String>,
    pub detections_on: Vec<String>,
}

#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Indicators {
    pub paths: Vec<PathBuf>,
    #[serde(deserialize_with = "time::optional")]
    pub lifetime: Option<Time>,
}

#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Console {
    pub listen: String,
    pub certificate: PathBuf,
    pub key: PathBuf,
}

#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    pub name: String,
    pub url: String,
    pub secret: Secret,
    #[serde(default = "medium")]
    pub min_severity: String,
    #[serde(default)]
    pub allow_private: bool,
}

#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Uplink {
    pub enabled: bool,
    pub url: String,
    pub ca: PathBuf,
    pub enrolment_code: Secret,
    pub level: u8,
    pub heartbeat: Time,
    pub batch_every: Time,
    pub enterprise: Enterprise,
}

#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Enterprise {
    pub name: String,
    pub credit_code: String,
    pub region: String,
    pub industry: String,
}

#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    pub level: String,
    pub json: bool,
}

/// The next tier's receiver.
#[derive(Clone, PartialEq, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Receiver {
    pub listen: String,
    pub folder: PathBuf,
    pub certificate: PathBuf,
    pub key: PathBuf,
    pub names: Vec<String>,
    pub enrolment_codes: Vec<Secret>,
    pub read_token: Secret,
    pub log: Log,
}

/// What is wrong with a configuration: where, what stands there, and what to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConfigError {
    pub file: PathBuf,
    /// `uplink.level`; empty where the whole file is at fault.
    pub key: String,
    pub value: String,
    pub fix: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file.display())?;
        if !self.key.is_empty() {
            write!(f, "{} = {}: ", self.key, self.value)?;
        }
        f.write_str(&self.fix)
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let config: Config = read(file)?;
        config.check(file)?;
        Ok(config)
    }

    fn check(&self, file: &Path) -> Result<(), ConfigError> {
        let check = Check { file };
        check.one_of("capture.engine", &self.capture.engine, &["ring", "pnet"])?;
        check.range("capture.buffer_mb", self.capture.buffer_mb, 4, 4096)?;
        check.range("capture.memory_mb", self.capture.memory_mb, 64, 1_048_576)?;
        check.range("capture.workers", self.capture.workers, 1, 16)?;
        check.range("data.evidence_memory_mb", self.data.evidence_memory_mb, 8, 65_536)?;
        check.range("data.evidence_quota_mb", self.data.evidence_quota_mb, 1, 16_777_216)?;
        check.time("data.evidence_keep", self.data.evidence_keep, 3600, 3650 * DAY)?;
        check.time("learning.quiet", self.learning.quiet, 1, 90 * DAY)?;
        check.range("learning.patience", self.learning.patience, 1, 100)?;
        check.time("learning.floor", self.learning.floor, 0, 365 * DAY)?;
        if let Some(time) = self.learning.ceiling {
            check.time("learning.ceiling", time, self.learning.floor.0.as_secs().max(1), 365 * DAY)?;
        }
        if let Some(time) = self.learning.set_time {
            check.time("learning.set_time", time, 1, 365 * DAY)?;
        }
        check.address("console.listen", &self.console.listen)?;
        check.pair("console", &self.console.certificate, &self.console.key)?;
        for (i, webhook) in self.webhook.iter().enumerate() {
            let key = |name: &str| format!("webhook[{i}].{name}");
            check.url(&key("url"), &webhook.url, &["http", "https"])?;
            check.one_of(&key("min_severity"), &webhook.min_severity, &SEVERITIES)?;
            let twin = self.webhook[..i].iter().any(|other| other.name == webhook.name);
            if webhook.name.is_empty() || twin {
                return Err(check.error(&key("name"), &webhook.name, "each webhook needs a name of its own"));
            }
        }
        self.uplink.check(&check)?;
        check.log(&self.log)
    }
}

const DAY: u64 = 86_400;

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
const SEVERITIES: [&str; 5] = ["info", "low", "medium", "high", "critical"];

impl Uplink {
    fn check(&self, check: &Check<'_>) -> Result<(), ConfigError> {
        check.range("uplink.level", u32::from(self.level), 0, 2)?;
        check.time("uplink.heartbeat", self.heartbeat, 1, 300)?;
        check.time("uplink.batch_every", self.batch_every, 1, 3600)?;
        if !self.url.is_empty() {
            check.url("uplink.url", &self.url, &["https"])?;
        }
        if self.enabled && self.url.is_empty() {
            return Err(check.error("uplink.url", "", "reporting is enabled: write the platform's https address"));
        }
        let code = &self.enterprise.credit_code;
        if !code.is_empty() && !is_credit_code(code) {
            let fix = "a unified social credit code has 18 characters, and its last one checks the others";
            return Err(check.error("uplink.enterprise.credit_code", code, fix));
        }
        Ok(())
    }
}

/// GB 32100-2015: 17 characters weighted by powers of 3 modulo 31, then a check character.
pub fn is_credit_code(code: &str) -> bool {
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let values: Option<Vec<usize>> = code.chars().map(|c| ALPHABET.find(c)).collect();
    let Some(values) = values.filter(|values| values.len() == 18) else { return false };
    let mut weight = 1;
    let mut sum = 0;
    for value in &values[..17] {
        sum += value * weight;
        weight = weight * 3 % 31;
    }
    values[17] == (31 - sum % 31) % 31
}

impl Receiver {
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let config: Receiver = read(file)?;
        let check = Check { file };
        check.address("listen", &config.listen)?;
        check.pair("", &config.certificate, &config.key)?;
        check.log(&config.log)?;
        Ok(config)
    }
}

fn read<T: DeserializeOwned>(file: &Path) -> Result<T, ConfigError> {
    let whole = |fix: String| ConfigError { file: file.to_owned(), key: String::new(), value: String::new(), fix };
    let text = fs::read_to_string(file).map_err(|error| {
        let fix = match error.kind() {
            io::ErrorKind::NotFound => format!("; 'fengsui config default > {}' makes one", file.display()),
            io::ErrorKind::InvalidData => ": save it as UTF-8 text".to_owned(),
            _ => String::new(),
        };
        whole(format!("cannot be read: {error}{fix}"))
    })?;
    toml::from_str(&text).map_err(|error| whole(explain(&text, &error)))
}

/// The parser's complaint with the line it is about, in one line.
fn explain(text: &str, error: &toml::de::Error) -> String {
    let message = plain(&error.message().replace('\n', " "));
    let Some(span) = error.span() else { return message };
    let line = 1 + text[..span.start.min(text.len())].matches('\n').count();
    let shown = text.lines().nth(line - 1).unwrap_or_default().trim();
    format!("line {line}: '{shown}': {message}")
}

/// The parser names types as a programmer would.
fn plain(message: &str) -> String {
    const WORDS: [(&str, &str); 5] = [
        ("expected u8", "expected a whole number from 0 to 255"),
        ("expected u32", "expected a whole number, not negative"),
        ("expected a boolean", "expected true or false"),
        ("expected a string", "expected text in quotation marks"),
        ("expected a sequence", "expected a list in square brackets"),
    ];
    WORDS.iter().fold(message.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours))
}

/// Checks of values that the types allow.
struct Check<'a> {
    file: &'a Path,
}

impl Check<'_> {
    fn error(&self, key: &str, value: &str, fix: &str) -> ConfigError {
        let (key, value) = (key.to_owned(), format!("\"{value}\""));
        ConfigError { file: self.file.to_owned(), key, value, fix: fix.to_owned() }
    }

    fn one_of(&self, key: &str, value: &str, allowed: &[&str]) -> Result<(), ConfigError> {
        if allowed.contains(&value) {
            return Ok(());
        }
        Err(self.error(key, value, &format!("write one of {}", allowed.join(", "))))
    }

    fn range(&self, key: &str, value: u32, low: u32, high: u32) -> Result<(), ConfigError> {
        if (low..=high).contains(&value) {
            return Ok(());
        }
        Err(self.error(key, &value.to_string(), &format!("write a number from {low} to {high}")))
    }

    fn time(&self, key: &str, value: Time, low: u64, high: u64) -> Result<(), ConfigError> {
        let seconds = value.0.as_secs();
        if (low..=high).contains(&seconds) {
            return Ok(());
        }
        Err(self.error(key, &format!("{seconds}s"), &format!("write a time from {low}s to {high}s")))
    }

    /// A filter takes any bare word for the name of a module, and would then log nothing else.
    fn log(&self, log: &Log) -> Result<(), ConfigError> {
        let is_level = |part: &str| LEVELS.contains(&part.rsplit('=').next().unwrap_or_default().trim());
        if log.level.split(',').all(is_level) {
            return Ok(());
        }
        let fix = "write error, warn, info or debug, or a filter such as info,fengsui::capture=debug";
        Err(self.error("log.level", &log.level, fix))
    }

    fn address(&self, key: &str, value: &str) -> Result<(), ConfigError> {
        if value.parse::<std::net::SocketAddr>().is_ok() {
            return Ok(());
        }
        Err(self.error(key, value, "write an address and a port, such as 127.0.0.1:8443 or [::]:8443"))
    }

    fn url(&self, key: &str, value: &str, schemes: &[&str]) -> Result<(), ConfigError> {
        let good = value.split_once("://").is_some_and(|(scheme, rest)| {
            schemes.contains(&scheme)
                && !rest.is_empty()
                && !rest.starts_with('/')
                && !value.contains(char::is_whitespace)
        });
        if good {
            return Ok(());
        }
        Err(self.error(key, value, &format!("write an address that begins with {}://", schemes.join(":// or "))))
    }

    /// A certificate needs its key and the other way round.
    fn pair(&self, table: &str, certificate: &Path, key: &Path) -> Result<(), ConfigError> {
        let dot = if table.is_empty() { "" } else { "." };
        match (certificate.as_os_str().is_empty(), key.as_os_str().is_empty()) {
            (false, true) => Err(self.error(&format!("{table}{dot}key"), "", "the certificate needs its key")),
            (true, false) => Err(self.error(&format!("{table}{dot}certificate"), "", "the key needs its certificate")),
            _ => Ok(()),
        }
    }
}

fn medium() -> String {
    "medium".to_owned()
}

impl Default for Capture {
    fn default() -> Self {
        Capture {
            interfaces: Vec::new(),
            engine: "ring".to_owned(),
            buffer_mb: 64,
            memory_mb: 512,
            workers: 1,
            filter: String::new(),
            vlan_in_flow_key: true,
        }
    }
}

impl Default for Data {
    fn default() -> Self {
        Data {
            folder: "/var/lib/fengsui".into(),
            evidence_memory_mb: 48,
            evidence_quota_mb: 2048,
            evidence_keep: Time::hours(180 * 24),
        }
    }
}

impl Default for Learning {
    fn default() -> Self {
        Learning {
            quiet: Time::hours(24),
            patience: 2,
            floor: Time::seconds(0),
            ceiling: None,
            set_time: None,
            trust_new_devices: false,
        }
    }
}

impl Default for Indicators {
    fn default() -> Self {
        Indicators { paths: Vec::new(), lifetime: Some(Time::hours(365 * 24)) }
    }
}

impl Default for Console {
    fn default() -> Self {
        Console { listen: "127.0.0.1:8443".to_owned(), certificate: PathBuf::new(), key: PathBuf::new() }
    }
}

impl Default for Uplink {
    fn default() -> Self {
        Uplink {
            enabled: false,
            url: String::new(),
            ca: PathBuf::new(),
            enrolment_code: Secret::default(),
            level: 2,
            heartbeat: Time::seconds(60),
            batch_every: Time::seconds(300),
            enterprise: Enterprise::default(),
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Log { level: "info".to_owned(), json: false }
    }
}

impl Default for Receiver {
    fn default() -> Self {
        Receiver {
            listen: "127.0.0.1:9443".to_owned(),
            folder: "/var/lib/fengsui-receiver".into(),
            certificate: PathBuf::new(),
            key: PathBuf::new(),
            names: vec!["localhost".to_owned(), "127.0.0.1".to_owned()],
            enrolment_codes: Vec::new(),
            read_token: Secret::default(),
            log: Log::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_default_is_the_default() {
        assert_eq!(toml::from_str::<Config>(DEFAULT).unwrap(), Config::default());
        assert_eq!(toml::from_str::<Receiver>(DEFAULT_RECEIVER).unwrap(), Receiver::default());
    }

    fn wrong(text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("f.toml");
        fs::write(&file, text).unwrap();
        Config::read(&file).unwrap_err().to_string()
    }

    #[test]
    fn what_is_wrong_is_said_with_key_value_and_fix() {
        let told = |text: &str, parts: &[&str]| {
            let error = wrong(text);
            assert!(parts.iter().all(|part| error.contains(part)), "{error}");
        };
        told("[capture]\nengine = \"dpdk\"", &["capture.engine", "dpdk", "ring, pnet"]);
        told("[capture]\nbuffer = 3", &["line 2", "buffer", "unknown field", "buffer_mb"]);
        told("[console]\nlisten = \"8443\"", &["console.listen", "127.0.0.1:8443"]);
        told("[uplink]\nenabled = true", &["uplink.url", "https"]);
        told("[uplink]\nurl = \"http://p.example\"", &["uplink.url", "https://"]);
        told("[uplink.enterprise]\ncredit_code = \"911100000000000000\"", &["credit_code", "18 characters"]);
        told("[learning]\nquiet = \"soon\"", &["line 2", "soon", "10m"]);
        told("[[webhook]]\nname = \"a\"\nurl = \"ftp://x\"\nsecret = \"s\"", &["webhook[0].url", "http://"]);
        told("[capture\n", &["line 1"]);
        told("[uplink]\nheartbeat = \"9d\"", &["uplink.heartbeat", "300s"]);
        told("[capture]\nbuffer_mb = \"big\"", &["line 2", "big", "whole number"]);
        told("[data]\nevidence_keep = \"1m\"", &["data.evidence_keep", "60s", "3600s"]);
        told("[log]\nlevel = \"loud\"", &["log.level", "loud", "info"]);
    }

    #[test]
    fn credit_codes_check_themselves() {
        // Codes that their holders print on every web page they have.
        assert!(is_credit_code("91440300708461136T"));
        assert!(is_credit_code("9144030071526726XG"));
        assert!(!is_credit_code("91440300708461136U"));
        assert!(!is_credit_code("91440300708461136"));
    }
}
