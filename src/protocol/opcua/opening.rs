//! OPN: requests to open a channel, paired with their answers (OPC 10000-4 section 5.6.2).

use std::collections::VecDeque;

use super::message::Frames;
use super::services::{OpenAnswer, OpenRequest};
use super::transport::Asymmetric;
use super::wire;
use crate::event::{OpcuaCertificate, OpcuaOpenChannel, ProtocolError, clean_text, hex};

/// Openings of one connection that may wait for an answer.
const MAX_WAITING: usize = 8;
/// Characters of a policy URI that are shown.
const MAX_URI: usize = 256;

#[derive(Debug, Default)]
pub struct Openings {
    waiting: VecDeque<Opening>,
}

/// A channel that is being opened or renewed.
#[derive(Debug)]
struct Opening {
    /// `None` where the message was encrypted: then the order pairs.
    request: Option<u32>,
    said: OpcuaOpenChannel,
    frames: Frames,
}

/// The readable part of an answer.
pub enum Answer {
    Opened(OpenAnswer),
    Refused(ProtocolError),
    /// Encrypted: that it came at all means that the server agreed.
    Unreadable,
}

impl Openings {
    /// The client asks; `readable` with the request id where the message is no cipher text. An opening that finds no
    /// more place comes back, never answered.
    pub fn ask(
        &mut self,
        header: &Asymmetric<'_>,
        readable: Option<(u32, OpenRequest)>,
        certificate: Option<Box<OpcuaCertificate>>,
        frames: Frames,
    ) -> Option<(OpcuaOpenChannel, Frames)> {
        let request = readable.map(|(_, request)| request);
        let said = OpcuaOpenChannel {
            channel_id: header.channel,
            policy_uri: clean_text(header.policy_uri, MAX_URI),
            mode: request.map(|request| wire::mode(request.mode)),
            // An encrypted request that names a channel can only renew it.
            renew: Some(request.map_or(header.channel != 0, |request| request.is_renewal)),
            lifetime_ms: request.map(|request| request.lifetime_ms),
            client_certificate_bytes: bytes(header.sender_certificate.len()),
            client_certificate: certificate,
            server_thumbprint: thumbprint(header),
            client_nonce_bytes: request.map(|request| bytes(request.nonce_bytes)),
            ..OpcuaOpenChannel::default()
        };
        self.waiting.push_back(Opening { request: readable.map(|(id, _)| id), said, frames });
        if self.waiting.len() > MAX_WAITING { self.give_up() } else { None }
    }

    /// The server answers. Returns the opening as it now stands, with the frames of both messages.
    pub fn answer(
        &mut self,
        header: &Asymmetric<'_>,
        request: Option<u32>,
        answer: Answer,
        certificate: Option<Box<OpcuaCertificate>>,
        frames: Frames,
    ) -> (OpcuaOpenChannel, Frames) {
        let asked = self.take(request);
        let (mut said, mut all) = asked.map_or_else(
            || {
                (
                    OpcuaOpenChannel { policy_uri: clean_text(header.policy_uri, MAX_URI), ..Default::default() },
                    Frames::new(),
                )
            },
            |opening| (opening.said, opening.frames),
        );
        all.extend(frames);
        said.channel_id = header.channel;
        said.server_certificate_bytes = bytes(header.sender_certificate.len());
        said.server_certificate = certificate;
        said.client_thumbprint = thumbprint(header);
        said.accepted = Some(!matches!(answer, Answer::Refused(_)));
        match answer {
            Answer::Opened(opened) => {
                said.channel_id = opened.channel;
                said.token_id = Some(opened.token);
                said.lifetime_ms = Some(opened.lifetime_ms);
                said.server_nonce_bytes = Some(bytes(opened.nonce_bytes));
            }
            Answer::Refused(error) => said.error = Some(error),
            Answer::Unreadable => {}
        }
        (said, all)
    }

    /// What waits no longer: the connection is over, or ended with an error.
    pub fn give_up(&mut self) -> Option<(OpcuaOpenChannel, Frames)> {
        self.waiting.pop_front().map(|opening| (opening.said, opening.frames))
    }

    /// Policy and mode that a client asked for, where the answer was not seen.
    pub fn asked(&self) -> Option<&OpcuaOpenChannel> {
        self.waiting.back().map(|opening| &opening.said)
    }

    fn take(&mut self, request: Option<u32>) -> Option<Opening> {
        let index = self.waiting.iter().position(|opening| opening.request == request)?;
        self.waiting.remove(index)
    }
}

fn thumbprint(header: &Asymmetric<'_>) -> Option<String> {
    let thumbprint = header.receiver_thumbprint;
    // SHA-1: longer ones are none.
    (!thumbprint.is_empty() && thumbprint.len() <= 20).then(|| hex(thumbprint))
}

fn bytes(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
