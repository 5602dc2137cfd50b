//! One Modbus/TCP connection, frame by frame.
#![allow(dead_code, reason = "each test uses its own part")]

pub const FIN: u8 = 1;
pub const SYN: u8 = 2;
pub const ACK: u8 = 16;

/// One connection to port 502; machines are the last number of their addresses.
pub struct Talk {
    client: u8,
    server: u8,
    port: u16,
    sequence: [u32; 2],
}

impl Talk {
    pub fn new(client: u8, server: u8, port: u16) -> Self {
        Talk { client, server, port, sequence: [1000, 5000] }
    }

    pub fn segment(&mut self, from: usize, flags: u8, payload: &[u8]) -> Vec<u8> {
        let machines = [self.client, self.server];
        let (source, destination) = (machines[from], machines[1 - from]);
        let mut frame = vec![0, 0x1b, 0x1b, 0, 0, destination, 0, 0x1b, 0x1b, 0, 0, source, 8, 0, 0x45, 0];
        frame.extend((40 + payload.len() as u16).to_be_bytes());
        frame.extend([0, 0, 0, 0, 64, 6, 0, 0, 10, 1, 1, source, 10, 1, 1, destination]);
        let ports = [self.port, 502];
        frame.extend(ports[from].to_be_bytes());
        frame.extend(ports[1 - from].to_be_bytes());
        frame.extend(self.sequence[from].to_be_bytes());
        frame.extend(self.sequence[1 - from].to_be_bytes());
        frame.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
        frame.extend(payload);
        self.sequence[from] += payload.len() as u32 + u32::from(flags & (SYN | FIN) != 0);
        frame
    }
}

/// A message of Modbus/TCP to unit 1.
pub fn mbap(transaction: u16, pdu: &[u8]) -> Vec<u8> {
    let [high, low] = transaction.to_be_bytes();
    [&[high, low, 0, 0, 0, pdu.len() as u8 + 1, 1], pdu].concat()
}
