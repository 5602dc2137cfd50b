//! AF_PACKET sockets and the TPACKET_V3 ring (packet(7), Documentation/networking/packet_mmap.rst).
//!
//! The one file of this project with `unsafe`: system calls on a socket we own, and reads from a memory map that the
//! kernel fills. Every offset the kernel gives is checked against the map before it is used. Nothing here can send: no
//! function writes to the socket, and the kernel is told to ignore what others send on the interface.
#![allow(unsafe_code)]

use std::ffi::CString;
use std::io;
use std::mem;
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::fanout::{self, Fanout};
use super::filter::{Filter, Instruction};
use super::{CaptureOptions, Frame, LinkType, Source, VlanTag};
use crate::event::{FrameRef, Timestamp};

/// One block of the ring; frames of a burst share it, and one system call wakes us for it.
const BLOCK: usize = 1 << 20;
/// The kernel hands over a block that is not full after so many milliseconds.
const RETIRE_MS: u32 = 20;
/// A frame with its header must fit; the kernel cuts none below the block's size.
const FRAME_SIZE: usize = 1 << 11;

/// An AF_PACKET socket bound to one interface, for reading only.
pub struct PacketSocket {
    fd: OwnedFd,
    interface: String,
}

impl PacketSocket {
    /// Opens a socket that receives nothing yet.
    pub fn open(interface: &str) -> io::Result<Self> {
        // Protocol 0: without a bind no frame of any interface comes in.
        // SAFETY: a plain system call; the result is checked before it is owned.
        let fd = unsafe { libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor was just made and nobody else has it.
        let fd = unsafe { OwnedFd::from_raw_fd(fd) };
        Ok(PacketSocket { fd, interface: interface.to_owned() })
    }

    /// Keeps what this machine itself sends out of the capture, and asks for frames to other machines.
    pub fn listen_to_all(&self) -> io::Result<()> {
        let on: libc::c_int = 1;
        self.set(libc::SOL_PACKET, libc::PACKET_IGNORE_OUTGOING, &on)?;
        let request = libc::packet_mreq {
            mr_ifindex: self.index()?,
            mr_type: libc::PACKET_MR_PROMISC as libc::c_ushort,
            mr_alen: 0,
            mr_address: [0; 8],
        };
        self.set(libc::SOL_PACKET, libc::PACKET_ADD_MEMBERSHIP, &request)
    }

    /// Has the kernel leave out frames that do not pass. To be called before [`PacketSocket::bind`], so that none slips by.
    pub fn attach(&self, filter: Option<&Filter>) -> io::Result<()> {
        let Some(filter) = filter else { return Ok(()) };
        let program = filter.program(self.link_type());
        self.set_program(libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, program.instructions())
    }

    fn set_program(&self, level: libc::c_int, name: libc::c_int, program: &[Instruction]) -> io::Result<()> {
        let mut code: Vec<libc::sock_filter> = program
            .iter()
            .map(|i| libc::sock_filter { code: i.code, jt: i.jump_true, jf: i.jump_false, k: i.k })
            .collect();
        let len = libc::c_ushort::try_from(code.len()).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        // The kernel copies the code before the call ends.
        self.set(level, name, &libc::sock_fprog { len, filter: code.as_mut_ptr() })
    }

    /// Asks for a receive buffer of so many bytes; without CAP_NET_ADMIN the system's limit cuts it.
    pub fn set_buffer(&self, bytes: usize) -> io::Result<()> {
        let size = libc::c_int::try_from(bytes).unwrap_or(libc::c_int::MAX);
        self.set(libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, &size)
            .or_else(|_| self.set(libc::SOL_SOCKET, libc::SO_RCVBUF, &size))
    }

    /// Has the kernel share out the interface's frames among the sockets that did this. Gives the time since when it does.
    fn share_out(&self, fanout: &Fanout) -> io::Result<Timestamp> {
        let kind = libc::PACKET_FANOUT_CBPF | libc::PACKET_FANOUT_FLAG_IGNORE_OUTGOING;
        let mut members = fanout.members();
        match members.id.filter(|_| members.count > 0) {
            Some(id) => self.set(libc::SOL_PACKET, libc::PACKET_FANOUT, &(kind << 16 | u32::from(id)))?,
            None => {
                let new = kind | libc::PACKET_FANOUT_FLAG_UNIQUEID;
                self.set(libc::SOL_PACKET, libc::PACKET_FANOUT, &(new << 16))?;
                members.id = Some(self.fanout_id()?);
                self.set_program(libc::SOL_PACKET, libc::PACKET_FANOUT_DATA, &fanout::program())?;
            }
        }
        members.count += 1;
        Ok(Timestamp::now())
    }

    fn fanout_id(&self) -> io::Result<u16> {
        let mut id: libc::c_int = 0;
        let mut len = mem::size_of_val(&id) as libc::socklen_t;
        // SAFETY: the kernel writes one int.
        let done = unsafe {
            let place = (&raw mut id).cast();
            libc::getsockopt(self.raw(), libc::SOL_PACKET, libc::PACKET_FANOUT, place, &raw mut len)
        };
        check(done)?;
        Ok((id & 0xffff) as u16)
    }

    /// Begins to receive the interface's frames.
    pub fn bind(&self) -> io::Result<()> {
        // SAFETY: all fields of this plain structure may be zero.
        let mut address: libc::sockaddr_ll = unsafe { mem::zeroed() };
        address.sll_family = libc::AF_PACKET as libc::c_ushort;
        address.sll_protocol = (libc::ETH_P_ALL as u16).to_be();
        address.sll_ifindex = self.index()?;
        let len = mem::size_of::<libc::sockaddr_ll>() as libc::socklen_t;
        // SAFETY: the address lives through the call and its length is its own.
        let done = unsafe { libc::bind(self.raw(), ptr::from_ref(&address).cast(), len) };
        check(done).map(|_| ())
    }

    /// Frames dropped because the buffer was full, since the last call (PACKET_STATISTICS).
    pub fn drops(&self) -> io::Result<u64> {
        let mut stats = [0u32; 3];
        let mut len = mem::size_of_val(&stats) as libc::socklen_t;
        // SAFETY: the kernel writes at most `len` bytes into the array.
        let done = unsafe {
            let place = stats.as_mut_ptr().cast();
            libc::getsockopt(self.raw(), libc::SOL_PACKET, libc::PACKET_STATISTICS, place, &raw mut len)
        };
        check(done)?;
        Ok(u64::from(stats[1]))
    }

    /// The kernel's time of the frame that was read last (SIOCGSTAMPNS, socket(7)).
    pub fn last_time(&self) -> io::Result<Timestamp> {
        const SIOCGSTAMPNS: libc::c_ulong = 0x8907;
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the kernel writes one timespec.
        let done = unsafe { libc::ioctl(self.raw(), SIOCGSTAMPNS as _, &raw mut time) };
        check(done)?;
        Ok(timestamp(u64::try_from(time.tv_sec).unwrap_or(0), u64::try_from(time.tv_nsec).unwrap_or(0)))
    }

    /// The kind of link layer, from the interface's hardware type.
    pub fn link_type(&self) -> LinkType {
        let path = format!("/sys/class/net/{}/type", self.interface);
        match std::fs::read_to_string(path).ok().and_then(|text| text.trim().parse::<u32>().ok()) {
            // ARPHRD_NONE and ARPHRD_TUNNEL…: bare IP.
            Some(65534 | 768 | 769 | 776) => LinkType::RAW,
            _ => LinkType::ETHERNET,
        }
    }

    pub fn raw(&self) -> RawFd {
        self.fd.as_raw_fd()
    }

    /// Another descriptor of the same socket, to be owned by whoever gets it.
    pub fn duplicate(&self) -> io::Result<RawFd> {
        self.fd.try_clone().map(OwnedFd::into_raw_fd)
    }

    fn index(&self) -> io::Result<libc::c_int> {
        let name = CString::new(self.interface.as_str())?;
        // SAFETY: the name is a C string that lives through the call.
        let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
        if index == 0 { Err(io::Error::last_os_error()) } else { Ok(index.cast_signed()) }
    }

    fn set<T>(&self, level: libc::c_int, name: libc::c_int, value: &T) -> io::Result<()> {
        let len = mem::size_of::<T>() as libc::socklen_t;
        // SAFETY: the kernel reads `len` bytes of a value that lives through the call.
        let done = unsafe { libc::setsockopt(self.raw(), level, name, ptr::from_ref(value).cast(), len) };
        check(done).map(|_| ())
    }
}

fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

fn timestamp(seconds: u64, nanos: u64) -> Timestamp {
    Timestamp::from_parts(seconds, nanos)
}

/// A ring of blocks that the kernel fills and we read in place.
pub struct Ring {
    socket: PacketSocket,
    map: Map,
    blocks: usize,
    /// The block to be read next.
    next: usize,
    link: LinkType,
    capture: u16,
    frames: u64,
    position: u64,
    /// One of several on the interface, since then: what came before came to all of them.
    shared: Option<(Arc<Fanout>, Timestamp)>,
}

impl Ring {
    /// Opens a ring on an interface. Frames are numbered on from `after`, or all together with those of the rings that
    /// share the interface.
    pub fn open(
        interface: &str,
        options: &CaptureOptions,
        after: FrameRef,
        fanout: Option<&Arc<Fanout>>,
    ) -> io::Result<Self> {
        let socket = PacketSocket::open(interface)?;
        let link = socket.link_type();
        socket.attach(options.filter.as_ref())?;
        let version = libc::tpacket_versions::TPACKET_V3 as libc::c_int;
        socket.set(libc::SOL_PACKET, libc::PACKET_VERSION, &version)?;
        let blocks = (options.memory / BLOCK).max(4);
        let request = libc::tpacket_req3 {
            tp_block_size: BLOCK as u32,
            tp_block_nr: u32::try_from(blocks).unwrap_or(u32::MAX),
            tp_frame_size: FRAME_SIZE as u32,
            tp_frame_nr: u32::try_from(blocks * (BLOCK / FRAME_SIZE)).unwrap_or(u32::MAX),
            tp_retire_blk_tov: RETIRE_MS,
            tp_sizeof_priv: 0,
            tp_feature_req_word: 0,
        };
        socket.set(libc::SOL_PACKET, libc::PACKET_RX_RING, &request)?;
        let map = Map::new(socket.raw(), blocks * BLOCK)?;
        socket.listen_to_all()?;
        socket.bind()?;
        let shared = match fanout {
            Some(fanout) => Some((Arc::clone(fanout), socket.share_out(fanout)?)),
            None => None,
        };
        let FrameRef { capture, number: frames, position, .. } = after;
        Ok(Ring { socket, map, blocks, next: 0, link, capture, frames, position, shared })
    }

    fn wait(&self, timeout: Duration) -> io::Result<()> {
        let mut poll = libc::pollfd { fd: self.socket.raw(), events: libc::POLLIN, revents: 0 };
        let millis = libc::c_int::try_from(timeout.as_millis()).unwrap_or(libc::c_int::MAX);
        // SAFETY: one pollfd that lives through the call.
        let ready = unsafe { libc::poll(&raw mut poll, 1, millis) };
        match check(ready) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(error),
            Ok(_) if poll.revents & (libc::POLLERR | libc::POLLNVAL) != 0 => Err(self.socket_error()),
            Ok(_) => Ok(()),
        }
    }

    /// Why poll reported an error: mostly that the interface went down or away.
    fn socket_error(&self) -> io::Error {
        let mut code: libc::c_int = 0;
        let mut len = mem::size_of_val(&code) as libc::socklen_t;
        // SAFETY: the kernel writes one int.
        let done = unsafe {
            let place = (&raw mut code).cast();
            libc::getsockopt(self.socket.raw(), libc::SOL_SOCKET, libc::SO_ERROR, place, &raw mut len)
        };
        if done < 0 || code == 0 {
            io::Error::from(io::ErrorKind::NotConnected)
        } else {
            io::Error::from_raw_os_error(code)
        }
    }

    fn read_block(&mut self, take: &mut dyn FnMut(&Frame<'_>)) {
        let start = self.next * BLOCK;
        let block = self.map.bytes(start, BLOCK);
        let count = word(block, BLOCK_PACKETS);
        let mut offset = word(block, BLOCK_FIRST) as usize;
        for _ in 0..count {
            let Some(header) = block.get(offset..offset + HEADER_LEN) else { break };
            let captured = word(header, HEADER_SNAPLEN) as usize;
            let from = offset + usize::from(half(header, HEADER_MAC));
            let ts = timestamp(u64::from(word(header, HEADER_SEC)), u64::from(word(header, HEADER_NSEC)));
            let ours = self.shared.as_ref().is_none_or(|(_, since)| ts >= *since);
            if let Some(bytes) = block.get(from..from + captured).filter(|_| ours) {
                let (number, position) = match &self.shared {
                    Some((fanout, _)) => fanout.count(captured as u64),
                    None => (self.frames + 1, self.position),
                };
                (self.frames, self.position) = (number, position + captured as u64);
                let at = FrameRef { ts, number, position, capture: self.capture };
                take(&Frame { at, link: self.link, wire_len: word(header, HEADER_LENGTH), vlan: tag(header), bytes });
            }
            let step = word(header, HEADER_NEXT) as usize;
            if step == 0 {
                break;
            }
            offset += step;
        }
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        if let Some((fanout, _)) = &self.shared {
            fanout.members().count -= 1;
        }
    }
}

impl Source for Ring {
    fn poll(&mut self, timeout: Duration, take: &mut dyn FnMut(&Frame<'_>)) -> io::Result<()> {
        if !self.map.is_ours(self.next * BLOCK) {
            self.wait(timeout)?;
        }
        // At most one turn, so that the caller gets to its other work.
        for _ in 0..self.blocks {
            let start = self.next * BLOCK;
            if !self.map.is_ours(start) {
                break;
            }
            self.read_block(take);
            self.map.give_back(start);
            self.next = (self.next + 1) % self.blocks;
        }
        Ok(())
    }

    fn drops(&mut self) -> io::Result<u64> {
        self.socket.drops()
    }
}

/// Offsets in `tpacket_block_desc` and `tpacket3_hdr` (linux/if_packet.h).
const BLOCK_STATUS: usize = 8;
const BLOCK_PACKETS: usize = 12;
const BLOCK_FIRST: usize = 16;
const HEADER_NEXT: usize = 0;
const HEADER_SEC: usize = 4;
const HEADER_NSEC: usize = 8;
const HEADER_SNAPLEN: usize = 12;
const HEADER_LENGTH: usize = 16;
const HEADER_STATUS: usize = 20;
const HEADER_MAC: usize = 24;
const HEADER_VLAN_TCI: usize = 32;
const HEADER_VLAN_TPID: usize = 36;
const HEADER_LEN: usize = 48;
const STATUS_VLAN_VALID: u32 = 1 << 4;
const STATUS_VLAN_TPID_VALID: u32 = 1 << 6;

fn tag(header: &[u8]) -> Option<VlanTag> {
    let status = word(header, HEADER_STATUS);
    (status & STATUS_VLAN_VALID != 0).then(|| VlanTag {
        tci: word(header, HEADER_VLAN_TCI) as u16,
        tpid: if status & STATUS_VLAN_TPID_VALID != 0 { half(header, HEADER_VLAN_TPID) } else { 0x8100 },
    })
}

fn word(bytes: &[u8], offset: usize) -> u32 {
    bytes.get(offset..).and_then(<[u8]>::first_chunk).map_or(0, |b| u32::from_ne_bytes(*b))
}

fn half(bytes: &[u8], offset: usize) -> u16 {
    bytes.get(offset..).and_then(<[u8]>::first_chunk).map_or(0, |b| u16::from_ne_bytes(*b))
}

/// The memory shared with the kernel.
struct Map {
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: the map belongs to its owner alone; on our side only that owner reads it, and block ownership between us and
// the kernel goes by the atomic status word.
unsafe impl Send for Map {}

impl Map {
    fn new(fd: RawFd, len: usize) -> io::Result<Self> {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new mapping of a descriptor that is open; the result is checked.
        let start = unsafe { libc::mmap(ptr::null_mut(), len, access, libc::MAP_SHARED, fd, 0) };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        NonNull::new(start.cast())
            .map(|start| Map { start, len })
            .ok_or_else(|| io::Error::from(io::ErrorKind::OutOfMemory))
    }

    /// Bytes of a block that is ours. Panics on a range outside of the map, which would be a bug of this file.
    fn bytes(&self, start: usize, len: usize) -> &[u8] {
        assert!(start + len <= self.len);
        // SAFETY: in the map, as just checked; the kernel does not write to a block that it has handed over.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr().add(start), len) }
    }

    fn is_ours(&self, block: usize) -> bool {
        self.status(block).load(Ordering::Acquire) & libc::TP_STATUS_USER != 0
    }

    fn give_back(&self, block: usize) {
        self.status(block).store(libc::TP_STATUS_KERNEL, Ordering::Release);
    }

    fn status(&self, block: usize) -> &AtomicU32 {
        assert!(block + BLOCK_STATUS + 4 <= self.len);
        // SAFETY: in the map, as just checked, aligned to four bytes, and only ever used as an atomic on our side.
        unsafe { AtomicU32::from_ptr(self.start.as_ptr().add(block + BLOCK_STATUS).cast()) }
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        // SAFETY: exactly what was mapped.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
    }
}
