use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};

/// Takes an address that the configuration names by `key`; what cannot be had is said with what to do.
pub fn listen(key: &str, address: SocketAddr) -> Result<TcpListener, String> {
    let taken = TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    taken.map_err(|error| format!("{key} = \"{address}\": {error}; {}", fix(&error)))
}

fn fix(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::AddrInUse => "stop what listens there ('ss -ltnp' shows it) or write another port",
        ErrorKind::AddrNotAvailable => "this machine has no such address ('fengsui interfaces' lists them)",
        ErrorKind::PermissionDenied => "write a port above 1023, or give the right to use this one",
        _ => "write another address",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_had_is_said_with_what_to_do() {
        let held = TcpListener::bind("127.0.0.1:0").unwrap();
        let error = listen("console.listen", held.local_addr().unwrap()).unwrap_err();
        assert!(error.contains("console.listen") && error.contains("another port"), "{error}");
        let error = listen("listen", "192.0.2.1:9".parse().unwrap()).unwrap_err();
        assert!(error.contains("192.0.2.1:9") && error.contains("no such address"), "{error}");
    }
}
