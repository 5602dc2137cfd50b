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

/// A message of SMB 2 behind its transport's length: command, number, status, and what stands behind the header.
fn smb(command: u8, number: u8, status: u8, body: &[u8]) -> Vec<u8> {
    let mut message = [b"\xfeSMB", &[64, 0, 0, 0, status, 0, 0, 0, command, 0, 0, 0][..], &[0; 8], &[number]].concat();
    message.resize(64, 0);
    message.extend(body);
    let mut all = (message.len() as u32).to_be_bytes().to_vec();
    all.extend(message);
    all
}

const FILE: [u8; 16] = *b"a file of sixtee";

fn smb_create(number: u8, name: &str) -> [Vec<u8>; 2] {
    let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let asks = [&[57, 0][..], &[0; 42], &[120, 0, name.len() as u8, 0], &[0; 8], &name].concat();
    let answer = [&[89, 0][..], &[0; 62], &FILE, &[0; 8]].concat();
    [smb(5, number, 0, &asks), smb(5, number, 0, &answer)]
}

fn smb_write(number: u8, offset: u16, data: &[u8]) -> Vec<u8> {
    let [low, high] = offset.to_le_bytes();
    let size = (data.len() as u32).to_le_bytes();
    smb(9, number, 0, &[&[49, 0, 112, 0][..], &size, &[low, high, 0, 0, 0, 0, 0, 0], &FILE, &[0; 16], data].concat())
}

fn smb_read(number: u8, offset: u16, data: &[u8]) -> [Vec<u8>; 2] {
    let [low, high] = offset.to_le_bytes();
    let size = (data.len() as u32).to_le_bytes();
    let asks = [&[49, 0, 0, 0][..], &size, &[low, high, 0, 0, 0, 0, 0, 0], &FILE, &[0; 17]].concat();
    [smb(8, number, 0, &asks), smb(8, number, 0, &[&[17, 0, 80, 0][..], &size, &[0; 8], data].concat())]
}

fn smb_close(number: u8) -> Vec<u8> {
    smb(6, number, 0, &[&[24, 0, 0, 0, 0, 0, 0, 0][..], &FILE].concat())
}

#[test]
fn what_is_written_to_a_share_has_its_name_however_it_is_cut() {
    let [asks, answer] = smb_create(1, "tools\\fw.exe");
    let program = [&b"MZ"[..], &[7; 3000]].concat();
    let writes = [smb_write(2, 0, &program[..2000]), smb_write(3, 2000, &program[2000..])].concat();
    let close = smb_close(4);
    let wanted = [("tools\\fw.exe".to_owned(), program.clone(), true)];
    assert_eq!(carved(&[client(&asks), server(&answer), client(&writes), client(&close)]), wanted);
    for size in [1, 7, 100, 1460] {
        let mut pieces = vec![client(&asks[..9]), client(&asks[9..]), server(&answer)];
        pieces.extend(writes.chunks(size).map(client));
        pieces.push(client(&close));
        assert_eq!(carved(&pieces), wanted, "pieces of {size}");
    }
    let text = smb_write(2, 0, b"plain text is left alone");
    assert_eq!(carved(&[client(&asks), server(&answer), client(&text), client(&close)]), []);
}

#[test]
fn parts_of_a_file_that_is_read_come_in_any_order() {
    let [asks, answer] = smb_create(1, "a.zip");
    let archive = [&b"PK\x03\x04"[..], &[9; 600]].concat();
    let [first_asks, first] = smb_read(2, 0, &archive[..300]);
    let [second_asks, second] = smb_read(3, 300, &archive[300..]);
    let later = smb(8, 3, 3, &[9, 0, 0, 0]).into_iter().enumerate().map(|(n, b)| if n == 13 { 1 } else { b });
    let later: Vec<u8> = later.collect();
    let all = [
        client(&asks),
        server(&answer),
        client(&first_asks),
        client(&second_asks),
        server(&later),
        server(&second),
        server(&first),
    ];
    assert_eq!(carved(&all), [("a.zip".to_owned(), archive.clone(), false)], "it was not closed");
    let close = smb_close(4);
    assert_eq!(carved(&[&all[..], &[client(&close)]].concat()), [("a.zip".to_owned(), archive, true)]);
}

#[test]
fn a_hole_in_what_a_share_carries_is_no_end_of_it() {
    let [asks, answer] = smb_create(1, "x.dll");
    let program = [&b"MZ"[..], &[7; 3000]].concat();
    let write = smb_write(2, 0, &program);
    let (close, other) = (smb_close(3), smb_write(4, 0, b"\x7fELF"));
    let pieces = [
        client(&asks),
        server(&answer),
        client(&write[..1460]),
        (Side::Client, Data::Gap(1000)),
        client(&write[2460..]),
        client(&close),
        (Side::Client, Data::Gap(10)),
        client(b"lost"),
        client(&other),
    ];
    let files: Vec<_> = carved(&pieces).into_iter().map(|(name, bytes, whole)| (name, bytes.len(), whole)).collect();
    assert_eq!(files, [("x.dll".to_owned(), program.len(), false), ("smb_file".to_owned(), 4, false)]);
}

proptest! {
    #[test]
    fn no_bytes_break_it(
        start in prop::sample::select(vec![&b""[..], GET, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"MZ", b"\0\0\x10\0\xfeSMB"]),
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
