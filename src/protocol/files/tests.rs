use proptest::prelude::*;

use super::*;
use crate::event::Timestamp;

fn piece(from: Side, data: Data<'_>) -> Piece<'_> {
    Piece { from, data, at: FrameRef { ts: Timestamp::ZERO, ..FrameRef::default() } }
}

/// Name, bytes and whether it is whole, of each file.
fn carved(pieces: &[(Side, Data<'_>)]) -> Vec<(String, Vec<u8>, bool)> {
    let (mut files, mut held, mut all) = (Files::default(), HeldFiles::default(), Vec::new());
    let mut give = |carved: Carved| {
        let Artifact { name, bytes, complete, .. } = carved.artifact;
        all.push((name, bytes, complete));
    };
    for (from, data) in pieces {
        files.piece(&piece(*from, *data), &mut held, &mut give);
    }
    files.end(&mut held, &mut give);
    assert_eq!(held.0, 0, "what is over takes no room");
    all
}

const GET: &[u8] = b"GET /tool.exe HTTP/1.1\r\nHost: a\r\n\r\n";

fn client(bytes: &[u8]) -> (Side, Data<'_>) {
    (Side::Client, Data::Stream(bytes))
}

fn server(bytes: &[u8]) -> (Side, Data<'_>) {
    (Side::Server, Data::Stream(bytes))
}

#[test]
fn bodies_end_by_length_by_chunks_or_with_the_connection() {
    let wanted = [("/tool.exe".to_owned(), b"MZ\0\x01two".to_vec(), true)];
    let length =
        b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nMZ\0\x01twoHTTP/1.1 404 Gone\r\nContent-Length: 2\r\n\r\nno";
    assert_eq!(carved(&[client(GET), server(length)]), wanted);
    let chunks =
        [&b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4;x\r\nMZ"[..], b"\0\x01\r\n3\r\ntwo\r\n0\r\n\r\n"];
    assert_eq!(carved(&[client(GET), server(chunks[0]), server(chunks[1])]), wanted);
    let close = [&b"HTTP/1.0 200 OK\r\n"[..], b"Server: x\r\n\r\nMZ\0\x01", b"two"];
    assert_eq!(carved(&[client(GET), server(close[0]), server(close[1]), server(close[2])]), wanted);
}

#[test]
fn what_is_sent_to_a_server_is_carved_and_texts_and_pictures_are_not() {
    let put = b"PUT /fw.bin HTTP/1.1\r\ncontent-length: 4\r\n\r\n\x7fELF";
    assert_eq!(carved(&[client(put)]), [("/fw.bin".to_owned(), b"\x7fELF".to_vec(), true)]);
    for body in [&b"<html>"[..], b"\x89PNG\0\0", b"{\"a\": 1}"] {
        let answer = [format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat();
        assert_eq!(carved(&[client(GET), server(&answer)]), []);
    }
}

#[test]
fn a_hole_or_an_early_end_leaves_a_file_that_is_not_whole() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nMZ\0";
    let whole = |pieces: &[(Side, Data<'_>)]| {
        carved(pieces).into_iter().map(|(_, bytes, whole)| (bytes.len(), whole)).collect::<Vec<_>>()
    };
    assert_eq!(whole(&[client(GET), server(head)]), [(3, false)]);
    assert_eq!(whole(&[client(GET), server(head), (Side::Server, Data::Gap(90)), server(b"behind.")]), [(3, false)]);
}

#[test]
fn a_stream_that_is_a_file_and_what_tftp_sends() {
    assert_eq!(carved(&[server(b"PK\x03\x04ab"), server(b"cd")])[0].1, b"PK\x03\x04abcd");
    assert_eq!(carved(&[server(b"220 ready"), client(b"MZ\0\0")]), [], "only from the first byte on");
    let first = [&[0, 3, 0, 1][..], b"\x7fELF", &[0; 508]].concat();
    let last = [&[0, 3, 0, 2][..], b"end"].concat();
    let [ack, first, last] = [&[0, 4, 0, 0][..], &first, &last].map(Data::Datagram);
    let file = carved(&[(Side::Server, ack), (Side::Client, first), (Side::Client, first), (Side::Client, last)]);
    assert_eq!((file.len(), file[0].1.len(), file[0].2), (1, 515, true), "a block that comes again counts once");
    assert_eq!(carved(&[(Side::Client, Data::Datagram(&[0, 3, 0, 1, 0, 0]))]), []);
}

#[test]
fn huge_files_and_many_files_have_their_bounds() {
    let head = b"HTTP/1.1 200 OK\r\n\r\n\x7fELF";
    let more = vec![7; 1 << 20];
    let mut pieces = vec![client(GET), server(head)];
    pieces.resize(2 + 20, server(&more));
    let file = carved(&pieces);
    assert_eq!((file[0].1.len(), file[0].2), (MAX_FILE, false));
    let (mut held, mut all) = (HeldFiles::default(), Vec::new());
    let mut give = |_: Carved| panic!("none is over");
    for _ in 0..10 {
        let mut files = Files::default();
        pieces.iter().for_each(|(from, data)| files.piece(&piece(*from, *data), &mut held, &mut give));
        all.push(files);
    }
    assert_eq!(held.0, MAX_HELD);
    assert_eq!(all.iter().map(Files::held).sum::<usize>(), MAX_HELD);
}

proptest! {
    #[test]
    fn no_bytes_break_it(
        start in prop::sample::select(vec![&b""[..], GET, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"MZ"]),
        pieces in prop::collection::vec((any::<bool>(), 0u8..3, prop::collection::vec(any::<u8>(), 0..80)), 0..6),
    ) {
        let (mut files, mut held) = (Files::default(), HeldFiles::default());
        files.piece(&piece(Side::Client, Data::Stream(start)), &mut held, &mut |_| {});
        for (server, kind, bytes) in &pieces {
            let from = if *server { Side::Server } else { Side::Client };
            let data = match kind {
                0 => Data::Stream(bytes),
                1 => Data::Datagram(bytes),
                _ => Data::Gap(bytes.len() as u64),
            };
            files.piece(&piece(from, data), &mut held, &mut |_| {});
        }
        files.end(&mut held, &mut |_| {});
        prop_assert_eq!(held.0, 0);
    }
}
