use std::borrow::Cow;
use std::hash::BuildHasher;
use std::net::IpAddr;
use std::sync::Arc;

use smallvec::SmallVec;

use super::behind::{Behind, Distances, Opening};
use super::known::{Course, Known};
use super::message::{Item, Order, Phase, Sent};
use crate::capture::evidence::{EvidenceRequest, EvidenceRing, host_pair};
use crate::decode::{Net, Packet};
use crate::event::{
    Anomaly, BehaviourKey, Blame, CaptureReport, Class, Endpoint, Ends, Event, EventKind, Evicted, Evidence, Finding,
    FindingSource, FlowState, FrameRef, MacAddr, Map, Mention, NetworkService, Notice, Operation, Outcome, Protocol,
    Reason, Service, Serving, Set, Severity, Side, Sighting, SightingKind, Transport, Travelled, Vlans,
};
use crate::flow::{Data, DirectionSource, FlowInfo, FlowSink, FlowTable, Oddity, Piece};
use crate::protocol::{Behaviour, Beside, Carved, Conversation, Files, HeldFiles, Names, Shared, Sink, hosts};
use crate::signature::{FlowMemory, Headers, Matcher, PlantCondition, Rule, RuleId, Subject, SubjectSide, Threshold};

/// Address pairs that one worker remembers having reported.
const MAX_HOSTS: usize = 1 << 17;
/// Cards remembered for what they said by LLDP.
const MAX_NEIGHBOURS: usize = 4096;
/// Oddities of packets that are told within a second of packet time.
const MAX_ODD: usize = 64;
/// The same of notices; an address scan by ARP asks for some hundreds.
const MAX_NOTICES: usize = 1024;
/// Offers to the whole network that are remembered as told.
const MAX_SERVING: usize = 4096;
/// Connections of one client to one port of a server are told at every multiple of this.
const TELL_CONNECTIONS: u32 = 8;

/// What a worker keeps with each flow.
#[derive(Default)]
pub(super) struct Held {
    conversation: Conversation,
    /// Whom it named, where it is none of ours.
    names: Names,
    /// The files that it carries, likewise.
    files: Files,
    /// Where the conversation is none of ours: what detectors want to know of it all the same.
    beside: Beside,
    /// Where it is counted as an open connection of its two ends.
    open: Option<u64>,
    /// What rules remember of it.
    rules: FlowMemory,
    /// The link was known when the conversation settled: it is counted when it ends, and not told.
    known_link: Option<BehaviourKey>,
    /// Where it is in what it always does.
    course: Course,
}

/// Everything of a worker but the flow table, which calls it.
pub(super) struct Desk {
    pub(super) known: Known,
    pub(super) matcher: Matcher,
    pub(super) ring: Option<EvidenceRing>,
    /// Evidence asked for whose packets have not all come yet.
    pub(super) requests: Vec<Arc<EvidenceRequest>>,
    /// What the conversations of this worker know together.
    pub(super) shared: Shared,
    /// With how far their segments have travelled.
    pub(super) hosts: Map<(Option<MacAddr>, Option<IpAddr>, Vlans), Distances>,
    /// Oddities of packets told in this second: who sent them to whom, and what.
    pub(super) odd: Set<(Endpoint, Endpoint, &'static str)>,
    /// What each card last said of itself by LLDP or CDP.
    pub(super) neighbours: Map<MacAddr, Box<[u8]>>,
    /// Notices told in this second, so that a storm of the same costs nothing.
    pub(super) notices: Set<(Option<MacAddr>, Notice)>,
    /// What each machine was told to offer the network.
    pub(super) serving: Set<(Option<MacAddr>, Serving, Vlans)>,
    /// Open connections by a hash of client, server and its port.
    pub(super) open: Map<u64, u32>,
    pub(super) captures: Arc<[Arc<str>]>,
    pub(super) report: CaptureReport,
    pub(super) out: Vec<Sent>,
    /// Bytes of files that are not over.
    pub(super) held_files: HeldFiles,
    /// Matches that go behind the operation that they are about.
    pub(super) late: Vec<Item>,
    /// The behaviour that a parser asked about last and was not known: the key of the operation it sends next.
    pub(super) asked: Option<BehaviourKey>,
    /// Of the conversation in work.
    pub(super) course: Course,
    /// The frame in work.
    pub(super) now: FrameRef,
    /// The frame whose packet was looked at last, and what its headers said.
    pub(super) headers: (FrameRef, Headers),
    /// How many machines speak from one address, and the clock that the latest segment that opened something showed.
    pub(super) behind: Behind,
    pub(super) clock: Option<u32>,
    pub(super) phase: Phase,
}

impl Desk {
    pub(super) fn send(&mut self, item: Item) {
        self.out.push(Sent { order: self.order(), item });
    }

    fn tell(&mut self, event: Event, key: Option<BehaviourKey>) {
        self.send(Item::Event { event: Box::new(event), key });
    }

    fn order(&self) -> Order {
        Order::new(self.now, self.phase)
    }

    fn flow_event(&self, flow: &FlowInfo, service: Service, kind: EventKind, frames: &[FrameRef]) -> Event {
        Event {
            ts: frames.last().map_or(self.now.ts, |frame| frame.ts),
            service,
            flow: Some(flow.id),
            ends: flow.ends(),
            kind,
            evidence: self.evidence(frames),
        }
    }

    /// About the packet in work, whatever conversation it belongs to.
    fn packet_event(&self, ends: Ends, kind: EventKind) -> Event {
        Event {
            ts: self.now.ts,
            service: Service::Port(Transport::Ip, 0),
            flow: None,
            ends,
            kind,
            evidence: self.evidence(&[self.now]),
        }
    }

    fn evidence(&self, frames: &[FrameRef]) -> Evidence {
        let capture = frames.first().map_or(self.now.capture, |frame| frame.capture);
        let mut evidence = Evidence {
            capture: self.captures.get(capture as usize).cloned().unwrap_or_default(),
            frames: SmallVec::new(),
            span: [frames.first().copied().unwrap_or(self.now), frames.last().copied().unwrap_or(self.now)],
        };
        evidence.join(frames.iter().map(|frame| frame.number));
        evidence
    }

    /// Reports an address pair when it is seen for the first time. True where its segments were not yet told to come from so
    /// far as this `ttl` says.
    pub(super) fn sight(
        &mut self,
        (mac, ip, vlans): (Option<MacAddr>, Option<IpAddr>, &Vlans),
        to: Option<MacAddr>,
        ttl: Option<u8>,
    ) -> bool {
        let mac = mac.filter(|mac| mac.is_host());
        let key = (mac, ip, vlans.clone());
        if mac.is_none() && ip.is_none() {
            return false;
        }
        if let Some(told) = self.hosts.get_mut(&key) {
            return ttl.is_some_and(|ttl| told.is_new(ttl));
        }
        if self.hosts.len() >= MAX_HOSTS {
            self.hosts.clear();
        }
        let how = if to.is_some_and(MacAddr::is_group) { SightingKind::Broadcast } else { SightingKind::Unicast };
        // A group frame first must not hide the unicast one that makes it a member of the plant.
        let mut distances = Distances::default();
        let is_farther = ttl.is_some_and(|ttl| distances.is_new(ttl));
        if how == SightingKind::Unicast {
            self.hosts.insert(key, distances);
        }
        let sighting = Sighting { vlans: vlans.clone(), mac, ip, how };
        let ends = Ends {
            vlans: vlans.clone(),
            client: Endpoint { ip, port: 0, mac },
            server: Endpoint { ip: None, port: 0, mac: to },
        };
        self.tell(self.packet_event(ends, EventKind::Sighting(sighting)), None);
        is_farther
    }

    /// Tells, once a second for each sender and receiver, that a packet is as no honest host sends it.
    pub(super) fn odd(&mut self, packet: &Packet<'_>, name: &'static str, offset: u32) {
        let (source, destination) = match packet.net {
            Net::Ip(ip) => (Some(ip.source), Some(ip.destination)),
            _ => (None, None),
        };
        let client = Endpoint { ip: source, port: 0, mac: packet.source_mac };
        let server = Endpoint { ip: destination, port: 0, mac: packet.destination_mac };
        if self.odd.len() >= MAX_ODD || !self.odd.insert((client, server, name)) {
            return;
        }
        let layer = match source {
            Some(IpAddr::V4(_)) => "ipv4",
            Some(IpAddr::V6(_)) => "ipv6",
            None => "ethernet",
        };
        let anomaly = Anomaly {
            layer: Cow::Borrowed(layer),
            name: Cow::Borrowed(name),
            offset,
            detail: String::new(),
            blame: Blame::Client,
            resumed: Cow::Borrowed("what came first is kept"),
        };
        let ends = Ends { vlans: packet.vlans.clone(), client, server };
        self.tell(self.packet_event(ends, EventKind::Anomaly(Box::new(anomaly))), None);
    }

    /// Tells, once a second for each sender, what a frame says below conversations.
    pub(super) fn notice(&mut self, packet: &Packet<'_>, notice: Notice) {
        if self.was_offered(packet, &notice) {
            return;
        }
        if self.notices.len() >= MAX_NOTICES || !self.notices.insert((packet.source_mac, notice.clone())) {
            return;
        }
        let (source, destination) = match (&notice, packet.net) {
            (Notice::Arp(arp), _) => (Some(arp.sender_ip.into()), Some(arp.target_ip.into())),
            // To whom an offer goes first does not matter: it is the offering machine's alone.
            (_, Net::Ip(ip)) => (Some(ip.source), None),
            _ => (None, None),
        };
        let client = Endpoint { ip: source, port: 0, mac: packet.source_mac };
        let server = Endpoint { ip: destination, port: 0, mac: packet.destination_mac.filter(|mac| mac.is_host()) };
        let ends = Ends { vlans: packet.vlans.clone(), client, server };
        self.tell(self.packet_event(ends, EventKind::Notice(notice)), None);
    }

    /// Whether this machine was told to offer the same before. Answers to whoever asks for a name are told each time.
    fn was_offered(&mut self, packet: &Packet<'_>, notice: &Notice) -> bool {
        let Notice::Serves(serving) = notice else { return false };
        if serving.what == NetworkService::Name {
            return false;
        }
        if self.serving.len() >= MAX_SERVING {
            self.serving.clear();
        }
        !self.serving.insert((packet.source_mac, serving.clone(), packet.vlans.clone()))
    }

    /// What is said in a conversation that is none of ours.
    fn beside(&mut self, flow: &FlowInfo, beside: &mut Beside, piece: &Piece<'_>, service: Service) {
        let mut notices = SmallVec::<[Notice; 2]>::new();
        beside.piece(flow, piece, &mut |notice| notices.push(notice));
        for notice in notices {
            self.tell(self.flow_event(flow, service, EventKind::Notice(notice), &[piece.at]), None);
        }
    }

    /// The first segment of one side of a connection; `is_farther` than any before of the same sender.
    fn began(&mut self, flow: &FlowInfo, side: Side, opening: Opening, is_farther: bool) {
        let service = Service::Port(flow.transport, flow.port(Side::Server));
        if flow.mac(side).is_none_or(|mac| !mac.is_host()) || flow.real_ip(side).is_none() {
            return;
        }
        if is_farther {
            let notice = Notice::Travelled(Travelled { by: side, ttl: opening.ttl });
            self.tell(self.flow_event(flow, service, EventKind::Notice(notice), &[self.now]), None);
        }
        if !opening.asks || side != Side::Client {
            return;
        }
        for fact in self.behind.asks(flow, opening, self.now.ts) {
            self.tell(self.flow_event(flow, service, EventKind::Identity(Box::new(fact)), &[self.now]), None);
        }
    }

    /// One more connection between two ends is open. One whose beginning was not seen may have ended unseen as well.
    fn opened(&mut self, flow: &FlowInfo, held: &mut Held) {
        let began = flow.transport == Transport::Tcp && flow.direction() == DirectionSource::Handshake;
        if held.open.is_some() || !began {
            return;
        }
        let ends = (flow.ip(Side::Client), flow.ip(Side::Server), flow.port(Side::Server));
        let key = self.open.hasher().hash_one(ends);
        held.open = Some(key);
        let open = self.open.entry(key).or_default();
        *open += 1;
        if open.is_multiple_of(TELL_CONNECTIONS) {
            let kind = EventKind::Notice(Notice::Connections { open: *open });
            self.tell(self.flow_event(flow, service(flow, &held.conversation), kind, &[self.now]), None);
        }
    }

    /// One less. Who is the client may have turned meanwhile: it was counted under this key.
    fn count_less(&mut self, held: &mut Held) {
        let Some(key) = held.open.take() else { return };
        if let Some(open) = self.open.get_mut(&key) {
            *open -= 1;
            if *open == 0 {
                self.open.remove(&key);
            }
        }
    }

    /// Hands out the packets of acts that are over.
    pub(super) fn answer_requests(&mut self) {
        let over = self.phase == Phase::End;
        let now = self.now;
        let ring = self.ring.as_ref();
        let ripe = |request: &Arc<EvidenceRequest>| over || ring.is_none_or(|ring| ring.is_ripe(request, &now));
        let (ready, waiting) = std::mem::take(&mut self.requests).into_iter().partition(ripe);
        self.requests = waiting;
        let ready: Vec<Arc<EvidenceRequest>> = ready;
        for request in ready {
            let frames = self.ring.as_ref().map_or_else(Vec::new, |ring| ring.take(&request));
            self.send(Item::Evidence { id: request.id.clone(), frames });
        }
    }

    /// What a machine says of itself beside control traffic.
    fn host_facts(&mut self, flow: &FlowInfo, piece: &Piece<'_>, service: Service) {
        let facts = match piece.data {
            Data::Datagram(bytes) => hosts::datagram(flow.port(Side::Server), bytes),
            Data::Stream(bytes) => {
                let server = hosts::http(bytes).filter(|_| piece.from == Side::Server);
                server.into_iter().chain(hosts::ntlm(flow.port(Side::Server), bytes)).collect()
            }
            Data::Gap(_) => return,
        };
        for mut fact in facts {
            fact.about = piece.from;
            if !self.known.was_told(flow, &fact, self.now.ts) {
                let event = self.flow_event(flow, service, EventKind::Identity(Box::new(fact)), &[piece.at]);
                self.tell(event, None);
            }
        }
    }

    /// Names and thumbprints that may be on a list of indicators; what the same client named lately is not told again.
    fn named(&mut self, flow: &FlowInfo, names: &mut Names, piece: &Piece<'_>, service: Service) {
        let mut told = SmallVec::<[Mention; 2]>::new();
        names.piece(flow, piece, &mut |named| told.push(named));
        for named in told {
            if !self.known.was_named(flow, &named, self.now.ts) {
                let kind = EventKind::Notice(Notice::Mention(named));
                self.tell(self.flow_event(flow, service, kind, &[piece.at]), None);
            }
        }
    }

    /// Files for YARA and for lists of hashes; what lately went between the same two is not told again.
    fn carried(&mut self, flow: &FlowInfo, carved: SmallVec<[Carved; 1]>, service: Service) {
        for Carved { artifact, frames } in carved {
            if !self.known.was_carried(flow, &artifact, self.now.ts) {
                let event = self.flow_event(flow, service, EventKind::Artifact(Box::new(artifact)), &frames);
                self.tell(event, None);
            }
        }
    }

    /// The conversation is over, and so are the files that last until its end.
    fn end_files(&mut self, flow: &FlowInfo, held: &mut Held) {
        let mut carved = SmallVec::new();
        held.files.end(&mut self.held_files, &mut |file| carved.push(file));
        if !carved.is_empty() {
            self.carried(flow, carved, service(flow, &held.conversation));
        }
    }

    /// What a switch or station says of itself to its neighbours, once as long as it says the same.
    pub(super) fn neighbour(&mut self, packet: &Packet<'_>) {
        let Some(mac) = packet.source_mac.filter(|mac| mac.is_host()) else { return };
        let Some(facts) = hosts::neighbour(packet.ether_type, packet.payload) else { return };
        if self.neighbours.get(&mac).is_some_and(|said| **said == *packet.payload) {
            return;
        }
        if self.neighbours.len() >= MAX_NEIGHBOURS {
            self.neighbours.clear();
        }
        self.neighbours.insert(mac, packet.payload.into());
        for fact in facts {
            let client = Endpoint { ip: None, port: 0, mac: Some(mac) };
            let server = Endpoint { ip: None, port: 0, mac: packet.destination_mac };
            let ends = Ends { vlans: packet.vlans.clone(), client, server };
            self.tell(self.packet_event(ends, EventKind::Identity(Box::new(fact))), None);
        }
    }

    /// Rules on payload bytes.
    fn match_bytes(&mut self, flow: &FlowInfo, memory: &mut FlowMemory, piece: &Piece<'_>, service: Service) {
        let (Data::Stream(bytes) | Data::Datagram(bytes)) = piece.data else { return memory.gap() };
        if self.matcher.ignores_bytes() || flow.ether_type.is_some() {
            return;
        }
        let mut matched = SmallVec::new();
        let subject = Subject {
            at: piece.at.ts,
            headers: Some(self.headers).filter(|(at, _)| *at == piece.at).map(|(_, headers)| headers),
            is_stream: matches!(piece.data, Data::Stream(_)),
            ..subject(flow, piece.from, bytes)
        };
        self.matcher.bytes(&subject, memory, |rule| matched.push(Matched::of(rule)));
        self.tell_matches(flow, piece.at, service, matched);
    }

    fn tell_matches(&mut self, flow: &FlowInfo, at: FrameRef, service: Service, matched: SmallVec<[Matched; 1]>) {
        for Matched { rule, threshold, plant, source, severity } in matched {
            let evidence = self.evidence(&[at]);
            let finding = finding(flow, service, at, source, severity, evidence);
            self.send(Item::Match { finding: Box::new(finding), rule, threshold, plant });
        }
    }

    /// Rules on a decoded operation; says whether it may be taken for known.
    fn match_operation(&mut self, flow: &FlowInfo, event: &Event, operation: &Operation) -> bool {
        let mut matched = Vec::new();
        let subject = subject(flow, Side::Client, &[]);
        let keep = |rule: &Rule| matched.push(Matched::of(rule));
        let Service::App(protocol) = event.service else { return true };
        let settled = self.matcher.operation(&subject, protocol, operation, keep);
        for Matched { rule, threshold, plant, source, severity } in matched {
            let at = FrameRef { ts: event.ts, ..self.now };
            let mut finding = finding(flow, event.service, at, source, severity, event.evidence.clone());
            finding.outcome = Some(operation.outcome);
            finding.class = Some(operation.class);
            let item = Item::Match { finding: Box::new(finding), rule, threshold, plant };
            // Whether the act is new shows when the operation itself is judged.
            let asks_plant = matches!(&item, Item::Match { plant: Some(_), .. });
            if asks_plant { self.late.push(item) } else { self.send(item) }
        }
        settled
    }

    /// It is clear what a conversation speaks, or that it is none of our protocols.
    fn settled(&mut self, flow: &mut FlowInfo, held: &mut Held) {
        flow.state = FlowState::Identified;
        let service = service(flow, &held.conversation);
        let key = self.known.link_key(flow, service);
        held.known_link = key.filter(|key| self.known.is_known(*key));
        if held.known_link.is_none() {
            self.tell_flow(flow, service, key, &[self.now]);
        }
        flow.identified = true;
    }

    fn tell_flow(&mut self, flow: &FlowInfo, service: Service, key: Option<BehaviourKey>, frames: &[FrameRef]) {
        self.tell(self.flow_event(flow, service, EventKind::Flow(flow.report()), frames), key);
    }

    pub(super) fn report_known(&mut self) {
        let counted: Vec<_> = self.known.drain().collect();
        if !counted.is_empty() {
            self.send(Item::Repeated(counted));
        }
        if self.known.is_full() {
            self.known.forget();
        }
    }

    pub(super) fn report_capture(&mut self, flows: &mut FlowTable<Held>) {
        let mut report = std::mem::take(&mut self.report);
        let stats = flows.take_stats();
        report.source = self.captures.get(self.now.capture as usize).map(ToString::to_string).unwrap_or_default();
        report.acked_bytes = stats.acked_bytes;
        report.unseen_bytes = stats.unseen_bytes;
        report.unordered_bytes = stats.given_up;
        report.heard_streams = stats.heard_streams;
        report.one_sided_streams = stats.one_sided_streams;
        let [closed, attempts, datagrams, streams, control] = flows.take_evicted();
        report.evicted = Evicted { closed, attempts, datagrams, streams, control };
        report.evicted_flows = closed + attempts + datagrams + streams + control;
        self.send(Item::Report(Box::new(report)));
    }
}

impl FlowSink<Held> for Desk {
    fn heard(&mut self, flow: &FlowInfo, side: Side) {
        let to = flow.mac(side.other());
        let opening = Opening::of(&self.headers.1, self.clock);
        let ttl = opening.map(|opening| opening.ttl);
        let is_farther = self.sight((flow.mac(side), flow.real_ip(side), &flow.vlans), to, ttl);
        if let Some(opening) = opening {
            self.began(flow, side, opening, is_farther);
        }
    }

    fn changed(&mut self, flow: &mut FlowInfo, held: &mut Held) {
        // Who tried and who connected shows soon enough in how it goes on or ends.
        match flow.state {
            FlowState::Refused => self.tell_flow(flow, service(flow, &held.conversation), None, &[self.now]),
            FlowState::Established => self.opened(flow, held),
            _ => {}
        }
    }

    fn piece(&mut self, flow: &mut FlowInfo, held: &mut Held, piece: Piece<'_>) {
        let conversation = &mut held.conversation;
        if let Data::Stream(bytes) | Data::Datagram(bytes) = piece.data {
            self.report.parsed_bytes += if conversation.protocol().is_some() { bytes.len() as u64 } else { 0 };
        }
        self.match_bytes(flow, &mut held.rules, &piece, service(flow, conversation));
        if conversation.protocol().is_none() {
            let service = service(flow, conversation);
            self.host_facts(flow, &piece, service);
            self.named(flow, &mut held.names, &piece, service);
            let mut carved = SmallVec::<[Carved; 1]>::new();
            held.files.piece(&piece, &mut self.held_files, &mut |file| carved.push(file));
            if !carved.is_empty() {
                self.carried(flow, carved, service);
            }
            self.beside(flow, &mut held.beside, &piece, service);
        }
        self.course = held.course;
        let settled = conversation.piece(flow, &piece, self);
        held.course = self.course;
        if settled {
            self.settled(flow, held);
        }
    }

    fn segment(&mut self, flow: &FlowInfo, held: &mut Held, from: Side, payload: &[u8]) {
        if !self.matcher.sees_segments() {
            return;
        }
        let mut matched = SmallVec::new();
        let subject = Subject { headers: Some(self.headers.1), ..subject(flow, from, payload) };
        self.matcher.segment(&subject, &mut held.rules, |rule| matched.push(Matched::of(rule)));
        self.tell_matches(flow, self.now, service(flow, &held.conversation), matched);
    }

    fn control(&mut self, flow: &FlowInfo, held: &mut Held, message: Piece<'_>) {
        self.match_bytes(flow, &mut held.rules, &message, service(flow, &held.conversation));
    }

    fn tampered(&mut self, flow: &FlowInfo, held: &mut Held, from: Side, oddity: Oddity) {
        let anomaly = Anomaly {
            layer: Cow::Borrowed("tcp"),
            name: Cow::Borrowed(oddity.name()),
            offset: 0,
            detail: oddity.to_string(),
            blame: from.into(),
            resumed: Cow::Borrowed("what came first is kept"),
        };
        let kind = EventKind::Anomaly(Box::new(anomaly));
        self.tell(self.flow_event(flow, service(flow, &held.conversation), kind, &[self.now]), None);
    }

    fn closed(&mut self, held: &mut Held) {
        self.count_less(held);
    }

    fn done(&mut self, flow: &mut FlowInfo, held: &mut Held) {
        held.conversation.end(flow, self);
        self.end_files(flow, held);
    }

    fn ended(&mut self, flow: &mut FlowInfo, held: &mut Held) {
        held.conversation.end(flow, self);
        self.end_files(flow, held);
        self.count_less(held);
        if let Some(key) = held.known_link {
            if self.known.conversation(key, flow) {
                return;
            }
            // The link was forgotten meanwhile: whoever judges it must hear of it.
            flow.identified = false;
        }
        let service = service(flow, &held.conversation);
        self.tell_flow(flow, service, None, &[flow.first, flow.last]);
    }
}

impl Sink for Desk {
    fn known(&mut self, flow: &FlowInfo, behaviour: &Behaviour<'_>) -> bool {
        if behaviour.class.always_crosses() {
            return false;
        }
        let key = self.known.key(flow, behaviour);
        let has_values = matches!(behaviour.class, Class::Read | Class::Subscribe) && !behaviour.objects.is_empty();
        let known = self.known.hit(key, behaviour.at, has_values, &mut self.course);
        self.asked = Some(key).filter(|_| !known);
        known
    }

    fn event(&mut self, flow: &FlowInfo, protocol: Protocol, kind: EventKind, frames: &[FrameRef]) {
        if let EventKind::Identity(fact) = &kind
            && self.known.was_told(flow, fact, self.now.ts)
        {
            return;
        }
        if matches!(&kind, EventKind::Operation(operation) if operation.outcome == Outcome::Unanswered) {
            // Whether others were answered meanwhile must not depend on who was counted and who was told.
            self.report_known();
        }
        let event = self.flow_event(flow, Service::App(protocol), kind, frames);
        let key = match &event.kind {
            EventKind::Operation(operation) => {
                let settled = self.match_operation(flow, &event, operation);
                self.asked.take().filter(|_| settled)
            }
            _ => None,
        };
        self.tell(event, key);
        while let Some(item) = self.late.pop() {
            self.send(item);
        }
    }

    fn undecoded(&mut self, bytes: usize) {
        self.report.undecoded_bytes += bytes as u64;
    }

    fn encrypted(&mut self) {
        self.report.encrypted_messages += 1;
    }

    fn shared(&mut self) -> Option<&mut Shared> {
        Some(&mut self.shared)
    }
}

/// A rule that matched, and what is to be known of it when it is told.
struct Matched {
    rule: RuleId,
    threshold: Option<Threshold>,
    plant: Option<Arc<PlantCondition>>,
    source: FindingSource,
    severity: Severity,
}

impl Matched {
    fn of(rule: &Rule) -> Self {
        let (threshold, plant) = (rule.threshold, rule.plant.clone());
        Matched { rule: rule.id, threshold, plant, source: source(rule), severity: rule.severity }
    }
}

fn service(flow: &FlowInfo, conversation: &Conversation) -> Service {
    match conversation.protocol() {
        Some(protocol) => Service::App(protocol),
        None => Service::Port(flow.transport, flow.port(Side::Server)),
    }
}

fn subject<'a>(flow: &FlowInfo, from: Side, bytes: &'a [u8]) -> Subject<'a> {
    let side = |side| SubjectSide { ip: flow.ip(side), port: flow.port(side) };
    Subject {
        transport: flow.transport,
        sender: side(from),
        receiver: side(from.other()),
        to_server: from == Side::Client,
        established: flow.answered,
        at: flow.last.ts,
        headers: None,
        is_stream: false,
        bytes,
    }
}

fn source(rule: &Rule) -> FindingSource {
    FindingSource::Signature {
        gid: rule.id.gid,
        sid: rule.id.sid,
        rev: rule.id.rev,
        message: rule.message.clone(),
        zh: rule.zh.clone(),
        classtype: rule.classtype.clone(),
        techniques: rule.techniques.clone(),
    }
}

fn finding(
    flow: &FlowInfo,
    service: Service,
    at: FrameRef,
    source: FindingSource,
    severity: Severity,
    evidence: Evidence,
) -> Finding {
    let reasons = match &source {
        FindingSource::Signature { sid, message, .. } => {
            vec![Reason::new("reason.rule").with("sid", sid).with("message", message)]
        }
        _ => Vec::new(),
    };
    Finding {
        ts: at.ts,
        source,
        severity,
        service,
        flow: Some(flow.id),
        ends: flow.ends(),
        outcome: None,
        class: None,
        act: "rule".to_owned(),
        reasons,
        evidence,
        learnable: false,
    }
}

pub(super) fn pair_of(net: &Net) -> u64 {
    match net {
        Net::Ip(ip) => host_pair(ip.source, ip.destination),
        Net::Arp(arp) => host_pair(arp.sender_ip.into(), arp.target_ip.into()),
        Net::None => 0,
    }
}
