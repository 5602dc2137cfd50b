use std::time::Duration;

use super::holders::Holders;
use super::info::{Census, Data, DirectionSource, FlowInfo, Piece, Worth};
use super::key::FlowKey;
use super::lru::{LinkStore, Links, Lists, NONE};
use super::segment::{Incoming, Sound, StreamStats};
use super::tcp::Stream;
use super::voice::Oddity;
use crate::decode::{Arp, Icmp, Ip, Net, Packet, Tcp, Transport};
use crate::event::{FlowState, FrameRef, Map, Side, Timestamp};

/// The same stream is called odd no more often.
const ODD_EVERY: Duration = Duration::from_secs(10);

/// What an ordinary conversation costs in all, measured under a flood.
const FLOW_COST: usize = 1500;

/// How often it is counted which sides are heard.
const CENSUS_EVERY: Duration = Duration::from_secs(60);

/// Bounds of the table.
#[derive(Clone, Debug)]
pub struct FlowLimits {
    pub max_flows: usize,
    /// Bytes of all conversations together that wait for others before them.
    pub max_held: usize,
    /// The same addresses under other VLAN tags are another conversation.
    pub by_vlan: bool,
    /// Ports on which servers of known protocols listen: a hint for the direction where no handshake was seen.
    pub server_ports: Vec<u16>,
    /// What packets without IP may carry to count as a conversation.
    pub ether_types: Vec<u16>,
}

impl FlowLimits {
    /// Bounds that keep a table within about so many bytes.
    pub fn within(bytes: usize) -> Self {
        let max_held = bytes / 4;
        FlowLimits { max_flows: ((bytes - max_held) / FLOW_COST).max(1000), max_held, ..FlowLimits::default() }
    }
}

impl Default for FlowLimits {
    fn default() -> Self {
        FlowLimits {
            max_flows: 100_000,
            max_held: 32 << 20,
            by_vlan: true,
            server_ports: Vec::new(),
            ether_types: Vec::new(),
        }
    }
}

/// The room above: what the table tells it, with the state it keeps in each conversation.
pub trait FlowSink<S> {
    /// A side was heard for the first time in this conversation, or from another MAC address than before.
    fn heard(&mut self, flow: &FlowInfo, side: Side);
    /// The conversation began, was established or refused; `flow.state` says which.
    fn changed(&mut self, flow: &mut FlowInfo, state: &mut S);
    fn piece(&mut self, flow: &mut FlowInfo, state: &mut S, piece: Piece<'_>);
    /// A TCP segment, with bytes or without, when its stream took it in; in the order of the wire.
    fn segment(&mut self, _flow: &FlowInfo, _state: &mut S, _from: Side, _payload: &[u8]) {}
    /// A message of ICMP, which carries no conversation of its own.
    fn control(&mut self, _flow: &FlowInfo, _state: &mut S, _message: Piece<'_>) {}
    /// A stream of bytes was tampered with, as far as can be seen.
    fn tampered(&mut self, _flow: &FlowInfo, _state: &mut S, _from: Side, _oddity: Oddity) {}
    /// It is over by what its ends said, though packets of it may be missing or still come.
    fn closed(&mut self, _state: &mut S) {}
    /// Both sides said goodbye, and nothing of theirs is missing: what waits for more may be let go. The conversation stays
    /// for a while, so that late copies of its packets begin no other.
    fn done(&mut self, _flow: &mut FlowInfo, _state: &mut S) {}
    /// Closed, timed out or evicted.
    fn ended(&mut self, flow: &mut FlowInfo, state: &mut S);
}

/// All conversations in progress.
pub struct FlowTable<S> {
    index: Map<FlowKey, u32>,
    /// The latest packet's conversation: the next packet is often its answer.
    latest: Option<(FlowKey, u32)>,
    entries: Entries<S>,
    lists: Lists,
    holders: Holders,
    limits: FlowLimits,
    stats: StreamStats,
    evicted: [u64; Worth::ALL.len()],
    swept: Timestamp,
    counted: Timestamp,
}

struct Entry<S> {
    key: FlowKey,
    info: FlowInfo,
    stream: Stream,
    state: S,
    links: Links,
    /// The list it stands in, and when it was last moved to that list's end.
    listed: Worth,
    touched: Timestamp,
    /// What was odd about its stream was told since then: a bit for each kind.
    odd_since: Timestamp,
    odd_told: u8,
    /// What its stream held when that was last looked at, and whether it is listed for that.
    held: usize,
    is_holder: bool,
}

struct Entries<S> {
    slots: Vec<Option<Box<Entry<S>>>>,
    free: Vec<u32>,
}

impl<S: Default> FlowTable<S> {
    pub fn new(limits: FlowLimits) -> Self {
        FlowTable {
            index: Map::default(),
            latest: None,
            entries: Entries { slots: Vec::new(), free: Vec::new() },
            lists: Lists::default(),
            holders: Holders::default(),
            limits,
            stats: StreamStats::default(),
            evicted: [0; Worth::ALL.len()],
            swept: Timestamp::ZERO,
            counted: Timestamp::ZERO,
        }
    }

    /// What reassembly counted since the last call.
    pub fn take_stats(&mut self) -> StreamStats {
        std::mem::take(&mut self.stats)
    }

    pub fn len(&self) -> usize {
        self.index.len()
    }

    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Bytes, and what they cost, that wait for others before them.
    pub fn held(&self) -> usize {
        self.holders.bytes()
    }

    /// Conversations let go since the last call because the table was full, by [`Worth`].
    pub fn take_evicted(&mut self) -> [u64; Worth::ALL.len()] {
        std::mem::take(&mut self.evicted)
    }

    /// Takes a packet in.
    pub fn packet(&mut self, packet: &Packet<'_>, at: FrameRef, wire_len: u32, sink: &mut impl FlowSink<S>) {
        match &packet.net {
            Net::None if self.limits.ether_types.contains(&packet.ether_type) => {
                self.frame(packet, at, wire_len, sink);
            }
            Net::None => {}
            Net::Arp(arp) => self.arp(packet, arp, at, wire_len, sink),
            Net::Ip(ip) => self.ip(packet, ip, at, wire_len, sink),
        }
    }

    /// Ends conversations that were silent too long. To be called about once a second of packet time.
    ///
    /// When a conversation ends depends on its own packets and on these calls alone, not on its neighbours in the table:
    /// so a replay gives the same result however its conversations are shared out.
    pub fn sweep(&mut self, now: Timestamp, sink: &mut impl FlowSink<S>) {
        if now < self.swept {
            self.turn_back(now);
        }
        self.swept = now;
        if now < self.counted || now.since(self.counted) >= CENSUS_EVERY {
            self.counted = now;
            self.census();
        }
        self.hand_on_overdue(now, sink);
        for worth in Worth::ALL {
            while let Some(oldest) = self.lists.oldest(worth) {
                let Some(entry) = self.entries.get(oldest) else { break };
                if now.since(entry.touched) < time_out(worth) {
                    break;
                }
                if now.since(entry.info.last.ts) < time_out(worth) {
                    self.move_to_end(oldest, now);
                } else {
                    self.end(oldest, sink);
                }
            }
        }
    }

    /// The clock went back (it was set, or another capture begins): nothing may lie in the future.
    fn turn_back(&mut self, now: Timestamp) {
        for entry in self.entries.slots.iter_mut().flatten() {
            entry.touched = entry.touched.min(now);
            entry.info.last.ts = entry.info.last.ts.min(now);
        }
    }

    /// Ends every conversation: the capture is over.
    pub fn finish(&mut self, sink: &mut impl FlowSink<S>) {
        for worth in Worth::ALL {
            while let Some(oldest) = self.lists.oldest(worth) {
                self.end(oldest, sink);
            }
        }
    }

    /// Counts connections that were heard from one side only: does the mirror show both directions?
    fn census(&mut self) {
        for entry in self.entries.slots.iter_mut().flatten() {
            count(&mut self.stats, entry.info.take_census());
        }
    }

    fn arp(&mut self, packet: &Packet<'_>, arp: &Arp, at: FrameRef, wire_len: u32, sink: &mut impl FlowSink<S>) {
        let (sender, target) = (arp.sender_ip, arp.target_ip);
        // Announcements and address probes ask nobody else (RFC 5227).
        if sender == target || sender.is_unspecified() {
            return;
        }
        let vlans = FlowKey::vlans(packet, self.limits.by_vlan);
        let (key, from) = FlowKey::between((sender.into(), 0), (target.into(), 0), FlowKey::ARP, vlans);
        let index = self.find_or_start(key, from, packet, at, sink);
        let Some(entry) = self.entries.get(index) else { return };
        let macs = [Some(arp.sender_mac), Some(arp.target_mac)];
        if entry.info.count(from, at, wire_len, macs) {
            sink.heard(&entry.info, entry.info.side_of(from));
        }
        if arp.operation == 2 && entry.info.state == FlowState::Attempted {
            entry.become_state(FlowState::Established, Worth::Datagram, sink);
        }
        self.touch(index, at.ts);
    }

    /// Each frame without IP is a datagram between two MAC addresses.
    fn frame(&mut self, packet: &Packet<'_>, at: FrameRef, wire_len: u32, sink: &mut impl FlowSink<S>) {
        let (key, from) = FlowKey::of_frame(packet, self.limits.by_vlan);
        let index = self.find_or_start(key, from, packet, at, sink);
        let Some(entry) = self.entries.get(index) else { return };
        if entry.info.count(from, at, wire_len, [packet.source_mac, packet.destination_mac]) {
            sink.heard(&entry.info, entry.info.side_of(from));
        }
        entry.datagram(from, packet.payload, at, sink);
        self.touch(index, at.ts);
    }

    fn ip(&mut self, packet: &Packet<'_>, ip: &Ip, at: FrameRef, wire_len: u32, sink: &mut impl FlowSink<S>) {
        let (key, from) = FlowKey::of(packet, ip, self.limits.by_vlan);
        let index = self.find_or_start(key, from, packet, at, sink);
        let index = match packet.transport {
            Transport::Tcp(tcp) if tcp.flags.syn() && self.is_restarted(index, from, &tcp, at.ts) => {
                self.end(index, sink);
                self.find_or_start(key, from, packet, at, sink)
            }
            _ => index,
        };
        let Some(entry) = self.entries.get(index) else { return };
        if entry.info.count(from, at, wire_len, [packet.source_mac, packet.destination_mac]) {
            sink.heard(&entry.info, entry.info.side_of(from));
        }
        match packet.transport {
            Transport::Tcp(tcp) => {
                let sound = packet.source_mac.map(|mac| Sound { mac, ttl: ip.ttl });
                let (payload, missing, to) = (packet.payload, packet.missing, packet.destination_mac);
                let identification = ip.identification;
                let incoming = Incoming { sender: from, tcp, payload, missing, at, sound, to, identification };
                entry.tcp(&incoming, &mut self.stats, sink);
                let from = entry.info.side_of(from);
                sink.segment(&entry.info, &mut entry.state, from, payload);
                if entry.held > 0 || entry.stream.is_holding() {
                    self.account(index);
                    self.bound_held(sink);
                }
            }
            Transport::Udp { .. } => entry.datagram(from, packet.payload, at, sink),
            Transport::Icmp(icmp) => entry.icmp(from, icmp, packet.payload, at, sink),
            Transport::None => entry.answered(sink),
        }
        self.touch(index, at.ts);
    }

    fn is_restarted(&mut self, index: u32, sender: usize, tcp: &Tcp, at: Timestamp) -> bool {
        self.entries.get(index).is_some_and(|entry| entry.stream.is_restarted_by(sender, tcp, at))
    }

    fn find_or_start(
        &mut self,
        key: FlowKey,
        sender: usize,
        packet: &Packet<'_>,
        at: FrameRef,
        sink: &mut impl FlowSink<S>,
    ) -> u32 {
        if let Some((_, index)) = self.latest.filter(|(latest, _)| *latest == key) {
            return index;
        }
        if let Some(index) = self.index.get(&key) {
            self.latest = Some((key, *index));
            return *index;
        }
        if self.index.len() >= self.limits.max_flows {
            self.evict(sink);
        }
        let mut info = FlowInfo::new(&key, sender, packet.vlans.clone(), at);
        self.guess_direction(&mut info, packet);
        let mut entry = Box::new(Entry {
            key,
            info,
            stream: Stream::default(),
            state: S::default(),
            links: Links { older: NONE, newer: NONE },
            listed: Worth::Attempt,
            touched: at.ts,
            odd_since: Timestamp::ZERO,
            odd_told: 0,
            held: 0,
            is_holder: false,
        });
        sink.changed(&mut entry.info, &mut entry.state);
        let index = self.entries.insert(entry);
        self.lists.push_newest(&mut self.entries, Worth::Attempt, index);
        self.index.insert(key, index);
        self.latest = Some((key, index));
        index
    }

    /// Without a handshake the ports must tell: a known server's port, else the one below 1024.
    fn guess_direction(&self, info: &mut FlowInfo, packet: &Packet<'_>) {
        if let Transport::Tcp(tcp) = packet.transport
            && tcp.flags.syn()
        {
            let client = if tcp.flags.ack() { Side::Server } else { Side::Client };
            return info.learn_client(client, DirectionSource::Handshake);
        }
        let rank = |port: u16| {
            if self.limits.server_ports.contains(&port) { 2 } else { u8::from(port != 0 && port < 1024) }
        };
        let (sender, receiver) = (rank(info.port(Side::Client)), rank(info.port(Side::Server)));
        if sender != receiver {
            let client = if receiver > sender { Side::Client } else { Side::Server };
            info.learn_client(client, DirectionSource::Port);
        }
    }

    /// An entry was heard of. For a while after its last move it stays where it is, unless its worth changed.
    fn touch(&mut self, index: u32, now: Timestamp) {
        let Some(entry) = self.entries.get(index) else { return };
        if entry.listed != entry.info.worth || now.since(entry.touched) >= rest(entry.listed) {
            self.move_to_end(index, now);
        }
    }

    /// Moves an entry to the end of the list it now belongs to.
    fn move_to_end(&mut self, index: u32, now: Timestamp) {
        let Some(entry) = self.entries.get(index) else { return };
        let (listed, worth) = (entry.listed, entry.info.worth);
        entry.listed = worth;
        entry.touched = now;
        self.lists.remove(&mut self.entries, listed, index);
        self.lists.push_newest(&mut self.entries, worth, index);
    }

    /// Looks at what an entry's stream holds.
    fn account(&mut self, index: u32) {
        let Some(entry) = self.entries.get(index) else { return };
        let held = entry.stream.held();
        self.holders.account(entry.held, held);
        entry.held = held;
        if held > 0 && !entry.is_holder {
            entry.is_holder = true;
            self.holders.list(entry.info.worth, index);
        }
    }

    /// Keeps the bound of all that is held: the least useful conversations wait no longer.
    fn bound_held(&mut self, sink: &mut impl FlowSink<S>) {
        while self.holders.bytes() > self.limits.max_held {
            let Some((listed, index)) = self.holders.least() else { return };
            let Some(entry) = self.entries.get(index).filter(|entry| entry.is_holder) else { continue };
            if entry.info.worth > listed && entry.held > 0 {
                self.holders.list(entry.info.worth, index);
                continue;
            }
            self.stats.given_up += entry.held as u64;
            self.hand_on_held(index, sink);
        }
    }

    /// Ends the waiting that has become pointless.
    fn hand_on_overdue(&mut self, now: Timestamp, sink: &mut impl FlowSink<S>) {
        if self.holders.is_empty() {
            return;
        }
        for index in self.holders.take() {
            let Some(entry) = self.entries.get(index).filter(|entry| entry.is_holder) else { continue };
            if entry.stream.is_overdue(now) {
                self.hand_on_held(index, sink);
            } else {
                entry.is_holder = false;
                self.account(index);
            }
        }
    }

    fn hand_on_held(&mut self, index: u32, sink: &mut impl FlowSink<S>) {
        let Some(entry) = self.entries.get(index) else { return };
        entry.is_holder = false;
        entry.flush(&mut self.stats, sink);
        self.account(index);
    }

    fn evict(&mut self, sink: &mut impl FlowSink<S>) {
        let oldest = Worth::ALL.into_iter().find_map(|worth| self.lists.oldest(worth).map(|index| (worth, index)));
        if let Some((worth, index)) = oldest {
            self.evicted[worth as usize] += 1;
            self.end(index, sink);
        }
    }

    fn end(&mut self, index: u32, sink: &mut impl FlowSink<S>) {
        let Some(listed) = self.entries.get(index).map(|entry| entry.listed) else { return };
        self.lists.remove(&mut self.entries, listed, index);
        let Some(mut entry) = self.entries.remove(index) else { return };
        self.index.remove(&entry.key);
        self.latest = self.latest.filter(|(_, latest)| *latest != index);
        self.holders.account(entry.held, 0);
        count(&mut self.stats, entry.info.take_census());
        entry.flush(&mut self.stats, sink);
        entry.info.state = FlowState::Ended;
        sink.ended(&mut entry.info, &mut entry.state);
    }
}

fn count(stats: &mut StreamStats, census: Option<Census>) {
    stats.heard_streams += u64::from(census.is_some());
    stats.one_sided_streams += u64::from(census == Some(Census::OneSide));
}

/// How long a conversation of each worth may be silent.
const fn time_out(worth: Worth) -> Duration {
    Duration::from_secs(match worth {
        Worth::Closed => 5,
        Worth::Attempt => 30,
        Worth::Datagram => 120,
        Worth::Stream => 3_600,
        Worth::Control => 86_400,
    })
}

/// How long a conversation of each worth stays in its place in the list: to move it, its neighbours must be fetched as well, and a
/// poll comes each second.
const fn rest(worth: Worth) -> Duration {
    Duration::from_secs(match worth {
        Worth::Closed | Worth::Attempt | Worth::Datagram => 1,
        Worth::Stream | Worth::Control => 10,
    })
}

impl<S> Entry<S> {
    fn tcp(&mut self, incoming: &Incoming<'_>, stats: &mut StreamStats, sink: &mut impl FlowSink<S>) {
        let flags = incoming.tcp.flags;
        let from = self.info.side_of(incoming.sender);
        if flags.syn() {
            let client = if flags.ack() { from.other() } else { from };
            self.info.learn_client(client, DirectionSource::Handshake);
        }
        if self.info.state == FlowState::Refused && flags.syn() && flags.ack() {
            // Asked again, and now somebody listens there.
            self.become_state(FlowState::Established, Worth::Stream, sink);
        }
        if self.info.state == FlowState::Attempted {
            if flags.rst() && self.info.side_of(incoming.sender) == Side::Server {
                self.become_state(FlowState::Refused, Worth::Closed, sink);
            } else if (flags.syn() && flags.ack()) || !incoming.payload.is_empty() {
                self.become_state(FlowState::Established, Worth::Stream, sink);
            }
        }
        let Entry { info, stream, state, .. } = self;
        let odd = stream.push(incoming, stats, &mut |sender, at, data| {
            let from = info.side_of(sender);
            sink.piece(info, state, Piece { from, at, data });
        });
        let closed = info.close(stream.is_over());
        if info.worth == Worth::Control {
            stream.remember();
        }
        if closed {
            sink.closed(state);
        }
        if closed && stream.is_done() {
            stream.end();
            sink.done(info, state);
        }
        if let Some(oddity) = odd {
            self.odd(incoming, oddity, sink);
        }
    }

    /// Tells what is odd about the stream, each kind once in a while.
    fn odd(&mut self, incoming: &Incoming<'_>, oddity: Oddity, sink: &mut impl FlowSink<S>) {
        let now = incoming.at.ts;
        if now < self.odd_since || now.since(self.odd_since) >= ODD_EVERY {
            (self.odd_since, self.odd_told) = (now, 0);
        }
        let kind = oddity.kind();
        if self.odd_told & kind == 0 {
            self.odd_told |= kind;
            sink.tampered(&self.info, &mut self.state, self.info.side_of(incoming.sender), oddity);
        }
    }

    /// Hands on what its stream holds, in order or not.
    fn flush(&mut self, stats: &mut StreamStats, sink: &mut impl FlowSink<S>) {
        let Entry { info, stream, state, .. } = self;
        stream.flush(stats, &mut |sender, at, data| {
            let from = info.side_of(sender);
            sink.piece(info, state, Piece { from, at, data });
        });
    }

    fn datagram(&mut self, sender: usize, payload: &[u8], at: FrameRef, sink: &mut impl FlowSink<S>) {
        self.answered(sink);
        if !payload.is_empty() {
            let from = self.info.side_of(sender);
            sink.piece(&mut self.info, &mut self.state, Piece { from, at, data: Data::Datagram(payload) });
        }
    }

    fn icmp(&mut self, sender: usize, icmp: Icmp, payload: &[u8], at: FrameRef, sink: &mut impl FlowSink<S>) {
        if icmp.is_echo_request() {
            let from = self.info.side_of(sender);
            self.info.learn_client(from, DirectionSource::Content);
        }
        self.answered(sink);
        let from = self.info.side_of(sender);
        sink.control(&self.info, &mut self.state, Piece { from, at, data: Data::Datagram(payload) });
    }

    /// Without a handshake a conversation stands when both sides spoke.
    fn answered(&mut self, sink: &mut impl FlowSink<S>) {
        let both = self.info.spoke(Side::Client) && self.info.spoke(Side::Server);
        if both && self.info.state == FlowState::Attempted {
            self.become_state(FlowState::Established, Worth::Datagram, sink);
        }
    }

    fn become_state(&mut self, state: FlowState, worth: Worth, sink: &mut impl FlowSink<S>) {
        self.info.state = state;
        self.info.answered |= state == FlowState::Established;
        self.info.refused |= state == FlowState::Refused;
        self.info.worth = worth;
        sink.changed(&mut self.info, &mut self.state);
    }
}

impl<S> Entries<S> {
    fn get(&mut self, index: u32) -> Option<&mut Entry<S>> {
        self.slots.get_mut(index as usize).and_then(Option::as_deref_mut)
    }

    fn insert(&mut self, entry: Box<Entry<S>>) -> u32 {
        if let Some(index) = self.free.pop() {
            self.slots[index as usize] = Some(entry);
            return index;
        }
        self.slots.push(Some(entry));
        u32::try_from(self.slots.len() - 1).unwrap_or(NONE)
    }

    fn remove(&mut self, index: u32) -> Option<Box<Entry<S>>> {
        let entry = self.slots.get_mut(index as usize)?.take();
        self.free.push(index);
        entry
    }
}

impl<S> LinkStore for Entries<S> {
    #[allow(clippy::expect_used, reason = "the lists hold only indices of entries that exist; a hole is a bug of ours")]
    fn links(&mut self, index: u32) -> &mut Links {
        &mut self.slots[index as usize].as_mut().expect("listed entry exists").links
    }
}
