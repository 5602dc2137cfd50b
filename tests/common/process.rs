//! A `fengsui` that keeps running: its log, its end, and waiting for something to become true.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// Longer than anything takes on a busy machine: a test that waits so long has failed.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until something is there.
#[allow(clippy::disallowed_methods, reason = "waits for another process")]
pub fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain until {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// A running `fengsui` with its standard error as lines; killed when the test is over.
pub struct Running {
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
}

impl Running {
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_in(super::repository(), arguments)
    }

    pub fn start_in(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = super::fengsui();
        command.current_dir(folder).args(arguments);
        Self::start_command(command)
    }

    pub fn start_command(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let log: Arc<Mutex<Vec<String>>> = Arc::default();
        let (lines, sink) = (BufReader::new(child.stderr.take().expect("piped")), Arc::clone(&log));
        thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                sink.lock().unwrap().push(line);
            }
        });
        Running { child, log }
    }

    pub fn log(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }

    /// A field of the first log line with this message; the log is JSON.
    pub fn field(&mut self, message: &str, field: &str) -> String {
        until(&format!("'{message}' is logged"), || {
            self.assert_alive();
            let log = self.log.lock().unwrap();
            let values = log.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            let fields = values.map(|value| value["fields"].clone());
            let found = fields.into_iter().find(|fields| fields["message"] == message)?;
            Some(found[field].as_str().expect("the field is text").to_owned())
        })
    }

    /// The first line of the log that holds this text.
    pub fn line(&mut self, text: &str) -> String {
        until(&format!("'{text}' is logged"), || {
            self.assert_alive();
            self.log.lock().unwrap().iter().find(|line| line.contains(text)).cloned()
        })
    }

    pub fn assert_alive(&mut self) {
        if let Some(status) = self.child.try_wait().expect("its state can be asked") {
            panic!("it has ended with {status}:\n{}", self.log());
        }
    }

    /// SIGKILL: no last word, no clean-up.
    pub fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }

    /// Asks it to stop, and waits for its end.
    pub fn stop(&mut self, signal: &str) -> ExitStatus {
        self.signal(signal);
        self.end()
    }

    pub fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status().expect("kill is there");
        assert!(sent.success());
    }

    pub fn end(&mut self) -> ExitStatus {
        until("the process ends", || self.child.try_wait().expect("its state can be asked"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended long ago.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
