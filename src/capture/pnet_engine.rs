use std::io;
use std::time::Duration;

use pnet::datalink::{self, Channel, Config, DataLinkReceiver};

use super::ring::PacketSocket;
use super::{CaptureOptions, Frame, LinkType, Source};
use crate::event::{FrameRef, Timestamp};

/// The largest frame that is read whole: offloads can join many into one.
const READ_BUFFER: usize = 65_536;

/// The second engine: pnet's link layer channel on a socket that we configured.
///
/// For systems where the ring cannot be had. It costs a system call for each frame, and pnet does not hand on the outer
/// VLAN tag, which the kernel takes out of the bytes: on a trunk port use the ring.
pub struct PnetEngine {
    /// The same socket, for counters and time; pnet closes its own descriptor.
    socket: PacketSocket,
    receiver: Box<dyn DataLinkReceiver>,
    link: LinkType,
    capture: u16,
    frames: u64,
    position: u64,
}

impl PnetEngine {
    pub fn open(interface: &str, options: &CaptureOptions, after: FrameRef) -> io::Result<Self> {
        let found = datalink::interfaces().into_iter().find(|i| i.name == interface);
        let found = found.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let socket = PacketSocket::open(interface)?;
        let link = socket.link_type();
        socket.attach(options.filter.as_ref())?;
        socket.set_buffer(options.memory)?;
        socket.listen_to_all()?;
        let config = Config {
            read_buffer_size: READ_BUFFER,
            read_timeout: Some(Duration::from_millis(100)),
            // pnet binds it to the interface and closes it at its end: it gets a descriptor of its own.
            socket_fd: Some(socket.duplicate()?),
            promiscuous: false,
            ..Config::default()
        };
        #[allow(clippy::disallowed_methods, reason = "the socket is configured above")]
        let channel = datalink::channel(&found, config)?;
        let Channel::Ethernet(_sender, receiver) = channel else {
            return Err(io::Error::from(io::ErrorKind::Unsupported));
        };
        let FrameRef { capture, number: frames, position, .. } = after;
        Ok(PnetEngine { socket, receiver, link, capture, frames, position })
    }
}

impl Source for PnetEngine {
    fn poll(&mut self, _timeout: Duration, take: &mut dyn FnMut(&Frame<'_>)) -> io::Result<()> {
        let bytes = match self.receiver.next() {
            Ok(bytes) => bytes,
            Err(error) if matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::Interrupted) => return Ok(()),
            Err(error) => return Err(error),
        };
        self.frames += 1;
        let ts = self.socket.last_time().unwrap_or_else(|_| Timestamp::now());
        let at = FrameRef { ts, number: self.frames, position: self.position, capture: self.capture };
        self.position += bytes.len() as u64;
        let wire_len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        take(&Frame { at, link: self.link, wire_len, vlan: None, bytes });
        Ok(())
    }

    fn drops(&mut self) -> io::Result<u64> {
        self.socket.drops()
    }
}
