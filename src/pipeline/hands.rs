//! Whoever takes frames from a reader of the wire: one worker on its thread, several on their own, or one that has readers
//! beside it and hands on what is theirs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, SendTimeoutError, Sender, bounded, unbounded};

use super::message::{Batch, Feedback, Order, Phase};
use super::round::{ROUND_BYTES, Round, Shares, share};
use super::worker::Worker;
use crate::capture::Frame;
use crate::event::{FrameRef, Timestamp};

/// Packet time between ticks, and how long a thread waits for frames at most.
pub(super) const TICK: Duration = Duration::from_secs(1);
pub(super) const POLL: Duration = Duration::from_millis(50);
/// The same while others hand on what is ours.
const BUSY_POLL: Duration = Duration::from_millis(1);
/// Beyond so many items a worker drops operations while the analyst is behind.
const MAX_BACKLOG: usize = 200_000;
/// Rounds under way to a worker; when all are, the reader waits, and the kernel's ring takes what comes.
const ROUNDS_UNDER_WAY: usize = 4;

/// Whoever takes frames from a reader.
pub(super) enum Hands {
    One(Box<Seat>),
    Many(Team),
    Peer(Box<Peer>),
}

impl Hands {
    /// For one reader.
    pub fn of(seats: Vec<Seat>, threads: &mut Vec<JoinHandle<()>>, port: &str) -> Self {
        match <[Seat; 1]>::try_from(seats) {
            Ok([seat]) => Hands::One(Box::new(seat)),
            Err(seats) => Hands::Many(Team::new(seats, threads, port)),
        }
    }

    /// For as many readers as there are seats.
    pub fn peers(seats: Vec<Seat>) -> Vec<Self> {
        let pool = unbounded();
        let count = seats.len();
        let (lines, inboxes): (Vec<_>, Vec<_>) = seats.iter().map(|_| bounded(ROUNDS_UNDER_WAY)).unzip();
        let peer = |(me, (seat, inbox))| {
            let lines = lines.iter().enumerate().map(|(i, line)| (i != me).then(|| Sender::clone(line))).collect();
            let next = std::iter::repeat_with(Round::default).take(count).collect();
            Hands::Peer(Box::new(Peer { me, seat, lines, inbox, next, pool: pool.clone(), busy: false }))
        };
        seats.into_iter().zip(inboxes).enumerate().map(peer).collect()
    }

    /// How long to wait for frames.
    pub fn patience(&self) -> Duration {
        match self {
            Hands::Peer(peer) if peer.busy => BUSY_POLL,
            _ => POLL,
        }
    }

    pub fn frame(&mut self, frame: &Frame<'_>) {
        match self {
            Hands::One(seat) => seat.worker.frame(frame),
            Hands::Many(team) => team.frame(frame),
            Hands::Peer(peer) => peer.frame(frame),
        }
    }

    /// After each poll, also when nothing has come.
    pub fn turn(&mut self) {
        match self {
            Hands::One(seat) => seat.turn(),
            Hands::Many(team) => team.ship(),
            Hands::Peer(peer) => peer.turn(),
        }
    }

    pub fn count_drops(&mut self, drops: u64) {
        match self {
            Hands::One(seat) => seat.worker.count_drops(drops),
            Hands::Many(team) => team.drops += drops,
            Hands::Peer(peer) => peer.seat.worker.count_drops(drops),
        }
    }

    pub fn finish(self) {
        match self {
            Hands::One(seat) => seat.finish(),
            Hands::Peer(peer) => peer.finish(),
            // The lines close with the team; each worker then finishes by itself.
            Hands::Many(mut team) => team.ship(),
        }
    }
}

/// A worker that reads a part of the interface's frames, beside others that read theirs.
pub(super) struct Peer {
    me: usize,
    seat: Seat,
    /// To the others.
    lines: Vec<Option<Sender<Round>>>,
    inbox: Receiver<Round>,
    /// What is to be handed on to each of them.
    next: Vec<Round>,
    /// Rounds that were worked through: their memory serves whoever needs one next.
    pool: (Sender<Round>, Receiver<Round>),
    /// The others handed something on lately.
    busy: bool,
}

impl Peer {
    fn frame(&mut self, frame: &Frame<'_>) {
        let place = share(frame, self.next.len());
        if place == self.me {
            return self.seat.worker.frame(frame);
        }
        self.next[place].push(frame);
        if self.next[place].size().1 >= ROUND_BYTES {
            self.send(place);
        }
    }

    fn turn(&mut self) {
        self.ship();
        self.busy = self.take_in();
        self.seat.turn();
    }

    fn ship(&mut self) {
        for place in 0..self.next.len() {
            if self.next[place].size().0 > 0 {
                self.send(place);
            }
        }
    }

    /// Waits while the other has enough to do, and goes on with its own work meanwhile: two that wait for each other would
    /// wait for ever.
    fn send(&mut self, place: usize) {
        let empty = self.pool.1.try_recv().unwrap_or_default();
        let mut round = std::mem::replace(&mut self.next[place], empty);
        while let Some(line) = &self.lines[place] {
            match line.send_timeout(round, BUSY_POLL) {
                Err(SendTimeoutError::Timeout(back)) => round = back,
                // The other is gone only when it failed; there is nobody left to tell.
                Ok(()) | Err(SendTimeoutError::Disconnected(_)) => return,
            }
            self.take_in();
        }
    }

    /// Works through what the others handed on; true where there was anything.
    fn take_in(&mut self) -> bool {
        let mut any = false;
        while let Ok(round) = self.inbox.try_recv() {
            self.work_through(round);
            any = true;
        }
        any
    }

    fn work_through(&mut self, mut round: Round) {
        round.frames().for_each(|frame| self.seat.worker.frame(&frame));
        round.clear();
        let _ = self.pool.0.send(round);
    }

    /// Ends when all others have handed on their last.
    fn finish(mut self) {
        self.ship();
        self.lines.clear();
        while let Ok(round) = self.inbox.recv() {
            self.work_through(round);
        }
        self.seat.finish();
    }
}

#[allow(clippy::expect_used, reason = "without threads there is nothing to go on with")]
pub(super) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    thread::Builder::new().name(name.to_owned()).spawn(work).expect("the system gives a thread")
}

/// Several workers on their own threads.
pub(super) struct Team {
    shares: Shares,
    rounds: Vec<Sender<Round>>,
    next: Vec<Round>,
    /// Rounds that were worked through: their memory serves again.
    spent: Receiver<Round>,
    drops: u64,
}

impl Team {
    fn new(seats: Vec<Seat>, threads: &mut Vec<JoinHandle<()>>, port: &str) -> Self {
        let next: Vec<_> = seats.iter().map(|_| Round::default()).collect();
        let (back, spent) = bounded(seats.len() * ROUNDS_UNDER_WAY);
        let mut rounds = Vec::new();
        for (number, seat) in seats.into_iter().enumerate() {
            let (line, inbox) = bounded(ROUNDS_UNDER_WAY);
            rounds.push(line);
            let back = back.clone();
            threads.push(spawn(&format!("worker-{port}-{number}"), move || seat.work(&inbox, &back)));
        }
        Team { shares: Shares::new(next.len()), rounds, next, spent, drops: 0 }
    }

    fn frame(&mut self, frame: &Frame<'_>) {
        let place = self.shares.owner(frame);
        let round = &mut self.next[place];
        round.push(frame);
        if round.size().1 >= ROUND_BYTES {
            self.send(place);
        }
    }

    fn ship(&mut self) {
        for place in 0..self.next.len() {
            let (frames, _) = self.next[place].size();
            if frames > 0 || (place == 0 && self.drops > 0) {
                self.send(place);
            }
        }
    }

    /// Waits while the worker has enough to do: what it cannot take in time, the kernel drops and counts.
    fn send(&mut self, place: usize) {
        let empty = self.spent.try_recv().unwrap_or_default();
        let mut round = std::mem::replace(&mut self.next[place], empty);
        if place == 0 {
            round.kernel_drops = std::mem::take(&mut self.drops);
        }
        // A worker is gone only when it failed; there is nobody left to tell.
        let _ = self.rounds[place].send(round);
    }
}

/// A worker with its lines to and from the analyst.
pub(super) struct Seat {
    index: usize,
    worker: Worker,
    ear: Receiver<Feedback>,
    batches: Sender<Batch>,
    stop: Arc<AtomicBool>,
    ticked: Instant,
}

impl Seat {
    pub fn new(
        index: usize,
        worker: Worker,
        ear: Receiver<Feedback>,
        batches: Sender<Batch>,
        stop: Arc<AtomicBool>,
    ) -> Self {
        Seat { index, worker, ear, batches, stop, ticked: Instant::now() }
    }

    /// On a thread of its own, until the reader ends.
    fn work(mut self, inbox: &Receiver<Round>, back: &Sender<Round>) {
        loop {
            match inbox.recv_timeout(POLL) {
                Ok(mut round) => {
                    round.frames().for_each(|frame| self.worker.frame(&frame));
                    self.worker.count_drops(round.kernel_drops);
                    round.clear();
                    let _ = back.try_send(round);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.turn();
        }
        self.finish();
    }

    fn turn(&mut self) {
        if self.ticked.elapsed() >= TICK {
            self.ticked = Instant::now();
            self.worker.tick_now(Timestamp::now());
        }
        self.send();
        self.ear.try_iter().for_each(|feedback| self.worker.hear(feedback));
    }

    fn finish(mut self) {
        self.worker.finish();
        self.send();
    }

    /// Sends what there is, or keeps it while the analyst is behind.
    fn send(&mut self) {
        if self.worker.pending() == 0 {
            return;
        }
        if self.batches.is_full() && !self.stop.load(Ordering::Relaxed) {
            self.worker.shed(MAX_BACKLOG);
            return;
        }
        let upto = Order::new(FrameRef::default(), Phase::Frame);
        let batch = Batch { worker: self.index, items: self.worker.take(), upto };
        // The analyst is gone only when it failed; there is nobody left to tell.
        let _ = self.batches.send(batch);
    }
}
