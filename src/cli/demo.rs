use std::env;
use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum_server::Handle;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use serde_json::Value;

use super::appliance::{Appliance, ApplianceOptions};
use super::logging;
use super::receiver::Receiver;
use crate::baseline::LearningRule;
use crate::capture::OpenError;
use crate::capture::folder::EvidenceLimits;
use crate::capture::reel::{Reel, ReelControl, Scene};
use crate::config::{self, Log, Secret, parse_time};
use crate::console::{DemoAttack, DemoControl, DemoState, RuleShelf, Text};
use crate::detect;
use crate::event::{Severity, Timestamp};
use crate::output::{SigningKey, Webhook, tls};
use crate::pipeline::Port;
use crate::uplink::{Enterprise, ProbeFacts, ReporterOptions};

/// A living plant on this machine: nothing is captured and nothing is needed beside the captures.
///
/// Plays the lab's captures in a loop with today's time through the real engine, with console, webhook and a next tier that
/// takes the reports, all on loopback. It learns the plant for about a minute; then attacks come by at intervals, or when a
/// button in the console asks for one.
///
/// Examples:
///   fengsui demo
///   fengsui demo --listen 127.0.0.1:0 --attack-every 30s
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct Demo {
    /// Address of the console; when 8443 is taken another port is found
    #[arg(long, default_value = "127.0.0.1:8443", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// The lab's captures with their labels
    #[arg(long, default_value = "pcaps", value_name = "DIR")]
    captures: PathBuf,
    /// Keeps everything there; without it a new folder is used and removed at the end
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// An attack comes by so often once the plant is learnt; 0s leaves it to the buttons
    #[arg(long, default_value = "5m", value_name = "TIME", value_parser = parse_time)]
    attack_every: Duration,
    /// So many times faster than it happened is an attack played
    #[arg(long, default_value_t = 1.0, value_name = "N", value_parser = times)]
    attack_speed: f64,
    /// Learn for so long; without it until nothing new has come for a while
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    learn_for: Option<Duration>,
    /// Opens the console in this desktop's browser
    #[arg(long)]
    open: bool,
}

impl Demo {
    pub fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        logging::start(&Log { level: "warn,fengsui=info".to_owned(), json: false })?;
        tls::install_provider();
        let scenes = scenes(&self.captures)?;
        let benign = self.captures.join("benign.pcapng");
        let folder = Folder::at(self.data.clone())?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;

        let code = token()?;
        let receiver = Receiver::open(&receiver_config(&folder.path, &code))?;
        let (platform, certificate) = (receiver.address, receiver.certificate.clone());
        runtime.spawn(receiver.serve(Handle::new()));
        let (webhook, secret) = start_webhook(&runtime)?;

        let control = Arc::new(ReelControl::new(self.attack_speed));
        let stage = Arc::new(Stage { scenes, control: Arc::clone(&control) });
        let data = folder.path.join("appliance");
        let shelf = RuleShelf::new(Vec::new(), Default::default(), data.join("rules"));
        let loading = shelf.load();
        let options = ApplianceOptions {
            data,
            evidence_window: 48 << 20,
            evidence_limits: EvidenceLimits { quota: 256 << 20, keep: None },
            learning: LearningRule { set: self.learn_for, ..LearningRule::SHORT },
            inside: Default::default(),
            shelf: Arc::new(shelf),
            loading,
            silent: detect::catalogue::silent(&[], &[]).collect(),
            indicators: Default::default(),
            listen: free_address(self.listen)?,
            certificate: PathBuf::new(),
            key: PathBuf::new(),
            webhooks: vec![Webhook {
                name: "demo".to_owned(),
                url: format!("http://{webhook}/"),
                key: SigningKey::parse(&secret)?,
                min_severity: Severity::Medium,
                allow_private: true,
            }],
            reporter: reporter(platform, certificate, code),
            flows: Default::default(),
            demo: Some(Arc::clone(&stage) as Arc<dyn DemoControl>),
        };
        let appliance = Appliance::start(options, vec![port(benign, control)])?;
        self.greet(&appliance)?;
        if self.open {
            open_browser(&appliance);
        }
        runtime.block_on(stage.show(self.attack_every));
        appliance.stop();
        runtime.shutdown_timeout(Duration::from_secs(2));
        Ok(ExitCode::SUCCESS)
    }

    fn greet(&self, appliance: &Appliance) -> io::Result<()> {
        let mut out = io::stdout();
        writeln!(out, "控制台 console   https://{}", appliance.address)?;
        if let Some(link) = &appliance.setup_link {
            writeln!(out, "首次打开 first    {link}")?;
        }
        writeln!(out, "证书是自签的，浏览器会提醒一次。 The certificate is self-signed: the browser will ask once.")?;
        writeln!(
            out,
            "约一分钟学完正常行为，之后攻击会陆续上演。 It learns for about a minute; then attacks come by."
        )?;
        writeln!(out, "Ctrl-C 结束 ends it.")?;
        out.flush()
    }
}

fn times(text: &str) -> Result<f64, String> {
    let bad = || format!("'{text}' is no speed: a number from 0.1 to 100 is wanted");
    text.parse().ok().filter(|n| (0.1..=100.0).contains(n)).ok_or_else(bad)
}

/// Where there is no desktop or no browser the printed address does.
fn open_browser(appliance: &Appliance) {
    let desktop = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| env::var_os(name).is_some());
    if !desktop {
        return;
    }
    let address = appliance.setup_link.clone().unwrap_or_else(|| format!("https://{}", appliance.address));
    let started = Command::new("xdg-open").arg(address).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    if let Err(error) = started {
        tracing::info!(%error, "no browser could be opened");
    }
}

/// The attacks that can be staged.
struct Stage {
    scenes: Vec<(Scene, DemoAttack)>,
    control: Arc<ReelControl>,
}

impl DemoControl for Stage {
    fn state(&self) -> DemoState {
        let attacks = self.scenes.iter().map(|(_, attack)| attack.clone()).collect();
        DemoState { attacks, running: self.control.running() }
    }

    fn attack(&self, name: &str) -> bool {
        let found = self.scenes.iter().find(|(scene, _)| scene.name == name);
        found.inspect(|(scene, _)| self.control.ask(scene.clone())).is_some()
    }
}

impl Stage {
    /// Stages one attack after the other until the person has seen enough.
    async fn show(&self, every: Duration) {
        let mut next = 0;
        loop {
            let wait = async {
                if every.is_zero() {
                    std::future::pending::<()>().await;
                }
                tokio::time::sleep(every).await;
            };
            tokio::select! {
                () = wait => {}
                _ = tokio::signal::ctrl_c() => return,
                () = terminated() => return,
            }
            if let Some((scene, _)) = self.scenes.get(next % self.scenes.len().max(1)) {
                self.control.ask(scene.clone());
                next += 1;
            }
        }
    }
}

async fn terminated() {
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            terminate.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

/// The attack captures of a folder, in the order of their names.
fn scenes(folder: &Path) -> Result<Vec<(Scene, DemoAttack)>, Box<dyn Error>> {
    let wrong = |what: String| {
        format!(
            "--captures {}: {what}; run it in the repository's folder, or name the lab's captures",
            folder.display()
        )
    };
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(|error| wrong(error.to_string()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.to_string_lossy().ends_with(".labels.json"))
        .collect();
    files.sort();
    let mut scenes = Vec::new();
    for file in files {
        let label: Value = serde_json::from_slice(&fs::read(&file)?)?;
        scenes.extend(scene(folder, &label));
    }
    if scenes.is_empty() || !folder.join("benign.pcapng").is_file() {
        return Err(wrong("no benign.pcapng, or no attack with labels".to_owned()).into());
    }
    Ok(scenes)
}

fn scene(folder: &Path, label: &Value) -> Option<(Scene, DemoAttack)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let file = text(&label["capture"])?;
    let name = file.strip_suffix(".pcapng")?.strip_prefix("attack-")?.to_owned();
    let from: Timestamp = label["lead_in_end"].as_str()?.parse().ok()?;
    let description = &label["description"];
    let what = Text { zh: text(&description["zh"])?, en: text(&description["en"])? };
    let attack = DemoAttack { name: name.clone(), detection: name.to_uppercase(), what };
    Some((Scene { name, file: folder.join(file), from }, attack))
}

fn port(benign: PathBuf, control: Arc<ReelControl>) -> Port {
    Port {
        name: "demo-plant".to_owned(),
        workers: 1,
        shares_out: false,
        open: Arc::new(move |after, _| {
            let reel = Reel::open(&benign, Arc::clone(&control), after);
            let failed =
                |error| OpenError::Failed { interface: "demo-plant".to_owned(), error: io::Error::other(error) };
            Ok(Box::new(reel.map_err(failed)?) as _)
        }),
    }
}

/// The wanted address, or one with another port where that is taken.
fn free_address(wanted: SocketAddr) -> io::Result<SocketAddr> {
    if TcpListener::bind(wanted).is_ok() {
        return Ok(wanted);
    }
    Ok(SocketAddr::new(wanted.ip(), 0))
}

fn receiver_config(folder: &Path, code: &str) -> config::Receiver {
    config::Receiver {
        listen: "127.0.0.1:0".to_owned(),
        folder: folder.join("province"),
        enrolment_codes: vec![Secret::new(code)],
        ..config::Receiver::default()
    }
}

fn reporter(platform: SocketAddr, certificate: PathBuf, code: String) -> ReporterOptions {
    ReporterOptions {
        enabled: true,
        url: format!("https://{platform}"),
        authority: Some(certificate),
        enrolment_code: code,
        level: 2,
        heartbeat: Duration::from_secs(10),
        batch_every: Duration::from_secs(20),
        enterprise: Enterprise { name: "示范工厂 Demo Works".to_owned(), ..Enterprise::default() },
        probe: ProbeFacts { rules: "shipped".to_owned(), capture_ports: 1, protocols: Vec::new() },
    }
}

/// A receiver of webhooks that prints what it gets, as somebody's duty phone would.
fn start_webhook(runtime: &tokio::runtime::Runtime) -> Result<(SocketAddr, String), Box<dyn Error>> {
    let secret = format!("whsec_{}", STANDARD.encode(random::<32>()?));
    let key = SigningKey::parse(&secret)?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let router = axum::Router::new().route("/", axum::routing::post(receive_webhook)).with_state(Arc::new(key));
    runtime.spawn(async move {
        match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => axum::serve(listener, router).await,
            Err(error) => Err(error),
        }
    });
    Ok((address, secret))
}

async fn receive_webhook(State(key): State<Arc<SigningKey>>, headers: HeaderMap, body: String) -> StatusCode {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let timestamp = header("webhook-timestamp").parse().unwrap_or_default();
    if header("webhook-signature") != key.sign(header("webhook-id"), timestamp, &body) {
        return StatusCode::UNAUTHORIZED;
    }
    let message: Value = serde_json::from_str(&body).unwrap_or_default();
    let title = &message["data"]["title"];
    let text = |lang: &str| title[lang].as_str().unwrap_or_default();
    let severity = message["data"]["severity"].as_str().unwrap_or_default();
    // The terminal may be gone; the message was received all the same.
    let _ = writeln!(io::stdout(), "webhook  {severity:<8} {}  {}", text("zh"), text("en"));
    StatusCode::NO_CONTENT
}

/// Where the demo keeps its data; a folder of its own is removed at the end.
struct Folder {
    path: PathBuf,
    own: bool,
}

impl Folder {
    fn at(given: Option<PathBuf>) -> Result<Self, Box<dyn Error>> {
        let own = given.is_none();
        let path = match given {
            Some(path) => path,
            None => std::env::temp_dir().join(format!("fengsui-demo-{}", &token()?[..12])),
        };
        fs::create_dir_all(&path).map_err(|e| format!("--data {}: {e}", path.display()))?;
        Ok(Folder { path, own })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.own {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

fn random<const N: usize>() -> Result<[u8; N], String> {
    let mut bytes = [0u8; N];
    getrandom::fill(&mut bytes).map_err(|error| format!("no random numbers: {error}"))?;
    Ok(bytes)
}

fn token() -> Result<String, String> {
    Ok(crate::event::hex(&random::<16>()?))
}
