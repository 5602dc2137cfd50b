//! A far end of webhooks: a plain HTTP server that answers as a test wants and keeps all it was sent.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::Value;

/// One request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// The status that it was answered with.
    pub answered: u16,
}

impl Request {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("the body is JSON")
    }
}

#[derive(Default)]
struct State {
    /// Statuses and further header lines for the next requests; then 204.
    answers: VecDeque<(u16, String)>,
    requests: Vec<Request>,
}

#[derive(Clone)]
pub struct Listener {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

impl Listener {
    pub fn start() -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    pub fn on(listener: TcpListener) -> Self {
        let state: Arc<Mutex<State>> = Arc::default();
        let address = listener.local_addr().unwrap();
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                thread::spawn(move || serve(&state, &stream));
            }
        });
        Listener { address, state }
    }

    /// The next request that nothing else is planned for gets this status.
    pub fn answer(&self, status: u16, headers: &str) {
        self.state.lock().unwrap().answers.push_back((status, headers.to_owned()));
    }

    pub fn requests(&self) -> Vec<Request> {
        self.state.lock().unwrap().requests.clone()
    }

    /// The requests that were answered with 2xx.
    pub fn taken(&self) -> Vec<Request> {
        self.requests().into_iter().filter(|request| (200..300).contains(&request.answered)).collect()
    }
}

/// Requests of one connection until it ends.
fn serve(state: &Mutex<State>, stream: &TcpStream) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(request) = read(&mut reader) {
        let mut stream = stream;
        let (status, headers) = state.lock().unwrap().answers.pop_front().unwrap_or((204, String::new()));
        let answer = format!("HTTP/1.1 {status} Told\r\n{headers}content-length: 0\r\n\r\n");
        // Before it is counted as taken, the answer must be out of our hands.
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
        state.lock().unwrap().requests.push(Request { answered: status, ..request });
    }
}

fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((key, value)) = line.trim_end().split_once(':') else { break };
        headers.push((key.to_owned(), value.trim().to_owned()));
    }
    let mut request = Request { path, headers, body: String::new(), answered: 0 };
    let mut body = vec![0; request.header("content-length").parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    request.body = String::from_utf8(body).expect("the body is UTF-8");
    Some(request)
}
