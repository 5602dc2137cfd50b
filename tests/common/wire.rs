//! A bad line: a TCP proxy that passes bytes on, cuts or swallows them, as a test wants it.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What becomes of the bytes.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    None,
    /// The line breaks once the client has sent so many more bytes.
    CutAfter(usize),
    /// From then on the server hears the client, and the client hears nothing.
    SwallowAfter(usize),
}

pub struct Wire {
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

struct State {
    target: String,
    fault: Fault,
    /// Since the fault was set.
    client_bytes: usize,
    cuts: usize,
    connections: usize,
    open: Vec<TcpStream>,
}

impl Wire {
    pub fn to(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let state = Arc::new(Mutex::new(State {
            target: target.to_owned(),
            fault: Fault::None,
            client_bytes: 0,
            cuts: 0,
            connections: 0,
            open: Vec::new(),
        }));
        let wire = Wire { address: listener.local_addr().unwrap(), state: Arc::clone(&state) };
        thread::spawn(move || listener.incoming().flatten().for_each(|client| connect(&state, client)));
        wire
    }

    pub fn set(&self, fault: Fault) {
        let mut state = self.state.lock().unwrap();
        state.fault = fault;
        state.client_bytes = 0;
    }

    /// A good line again; what hangs is hung up.
    pub fn heal(&self) {
        self.set(Fault::None);
        let open = std::mem::take(&mut self.state.lock().unwrap().open);
        open.iter().for_each(hang_up);
    }

    /// Leads to another place from now on.
    pub fn lead_to(&self, target: &str) {
        target.clone_into(&mut self.state.lock().unwrap().target);
        self.heal();
    }

    /// How often the line broke.
    pub fn cuts(&self) -> usize {
        self.state.lock().unwrap().cuts
    }

    pub fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }
}

fn hang_up(stream: &TcpStream) {
    // The other side may have been quicker.
    let _ = stream.shutdown(Shutdown::Both);
}

fn connect(state: &Arc<Mutex<State>>, client: TcpStream) {
    let target = {
        let mut state = state.lock().unwrap();
        state.connections += 1;
        state.target.clone()
    };
    // Nobody there: the client's connection closes at once.
    let Ok(server) = TcpStream::connect(target) else { return };
    let copies = [&client, &server].map(|stream| stream.try_clone().unwrap());
    state.lock().unwrap().open.extend(copies);
    let back = [&server, &client].map(|stream| stream.try_clone().unwrap());
    let (there, here) = (Arc::clone(state), Arc::clone(state));
    thread::spawn(move || pump([client, server], |length| there.lock().unwrap().client_sent(length)));
    thread::spawn(move || pump(back, |_| here.lock().unwrap().server_sent()));
}

/// What to do with the bytes at hand.
enum Act {
    Pass,
    Drop,
    Cut,
}

impl State {
    fn client_sent(&mut self, length: usize) -> Act {
        self.client_bytes += length;
        match self.fault {
            Fault::CutAfter(limit) if self.client_bytes > limit => {
                self.cuts += 1;
                Act::Cut
            }
            _ => Act::Pass,
        }
    }

    fn server_sent(&self) -> Act {
        match self.fault {
            Fault::SwallowAfter(limit) if self.client_bytes > limit => Act::Drop,
            _ => Act::Pass,
        }
    }
}

fn pump([mut from, mut to]: [TcpStream; 2], decide: impl Fn(usize) -> Act) {
    let mut buffer = [0u8; 2048];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        match decide(length) {
            Act::Pass if to.write_all(&buffer[..length]).is_ok() => {}
            Act::Drop => {}
            Act::Pass | Act::Cut => break,
        }
    }
    hang_up(&from);
    hang_up(&to);
}
