//! Discovery services (OPC 10000-4 section 5.5).

use smallvec::SmallVec;

use super::{Visitor, tell, tell_read};
use crate::event::{Fields, Value};
use crate::protocol::opcua::decoder::{Decoded, Decoder};
use crate::protocol::opcua::subject::Subject;
use crate::protocol::opcua::types::LocalizedText;
use crate::protocol::opcua::variant::text;
use crate::protocol::opcua::wire;

pub type Strings<'a> = SmallVec<[&'a [u8]; 2]>;

/// ApplicationDescription (OPC 10000-4 section 7.2).
#[derive(Clone, PartialEq, Debug)]
pub struct Application<'a> {
    pub uri: Option<&'a [u8]>,
    pub product_uri: Option<&'a [u8]>,
    pub name: LocalizedText<'a>,
    pub kind: u32,
    pub gateway: Option<&'a [u8]>,
    pub discovery_urls: Strings<'a>,
}

impl<'a> Application<'a> {
    pub fn read(decoder: &mut Decoder<'a>) -> Decoded<Self> {
        let uri = decoder.string()?;
        let product_uri = decoder.string()?;
        let name = decoder.localized_text()?;
        let kind = decoder.u32()?;
        let gateway = decoder.string()?;
        let _profile = decoder.string()?;
        Ok(Application { uri, product_uri, name, kind, gateway, discovery_urls: strings(decoder)? })
    }

    /// RegisteredServer (OPC 10000-4 section 7.32): the same facts in another order.
    fn read_registered(decoder: &mut Decoder<'a>) -> Decoded<(Self, bool)> {
        let uri = decoder.string()?;
        let product_uri = decoder.string()?;
        let mut name = LocalizedText { locale: None, text: None };
        decoder.each(|decoder| {
            let next = decoder.localized_text()?;
            name = if name.text.is_none() { next } else { name };
            Ok(())
        })?;
        let kind = decoder.u32()?;
        let gateway = decoder.string()?;
        let discovery_urls = strings(decoder)?;
        let _semaphore = decoder.string()?;
        let is_online = decoder.boolean()?;
        Ok((Application { uri, product_uri, name, kind, gateway, discovery_urls }, is_online))
    }

    /// A discovery server describes others too; of those its own machine is no witness.
    pub const fn is_discovery_server(&self) -> bool {
        self.kind == 3
    }

    fn value(&self) -> Value {
        Value::Fields(self.fields())
    }

    fn fields(&self) -> Fields {
        Fields::default()
            .with("application_uri", text(self.uri))
            .with("product_uri", text(self.product_uri))
            .with("name", text(self.name.text))
            .with("type", Value::Text(wire::application_type(self.kind).into_owned()))
            .with("discovery_urls", texts(&self.discovery_urls))
    }
}

/// EndpointDescription (OPC 10000-4 section 7.14).
#[derive(Debug)]
pub struct Endpoint<'a> {
    pub url: Option<&'a [u8]>,
    pub server: Application<'a>,
    pub certificate: &'a [u8],
    pub mode: u32,
    pub policy_uri: Option<&'a [u8]>,
    pub tokens: SmallVec<[TokenPolicy<'a>; 4]>,
    pub transport: Option<&'a [u8]>,
    pub level: u8,
}

/// UserTokenPolicy (OPC 10000-4 section 7.41).
#[derive(Clone, Copy, Debug)]
pub struct TokenPolicy<'a> {
    pub id: Option<&'a [u8]>,
    pub kind: u32,
    pub policy_uri: Option<&'a [u8]>,
}

impl<'a> Endpoint<'a> {
    fn read(decoder: &mut Decoder<'a>) -> Decoded<Self> {
        let url = decoder.string()?;
        let server = Application::read(decoder)?;
        let certificate = decoder.bytes()?.unwrap_or_default();
        let mode = decoder.u32()?;
        let policy_uri = decoder.string()?;
        let mut tokens = SmallVec::new();
        decoder.each(|decoder| {
            tokens.push(TokenPolicy::read(decoder)?);
            Ok(())
        })?;
        let (transport, level) = (decoder.string()?, decoder.u8()?);
        Ok(Endpoint { url, server, certificate, mode, policy_uri, tokens, transport, level })
    }

    /// The application is told once and not with each of its endpoints.
    fn value(&self) -> Value {
        let tokens = self.tokens.iter().map(TokenPolicy::value).collect();
        Value::Fields(
            Fields::default()
                .with("url", text(self.url))
                .with("application_uri", text(self.server.uri))
                .with("mode", Value::Text(wire::mode(self.mode).into_owned()))
                .with("policy_uri", text(self.policy_uri))
                .with("level", Value::UInt(u64::from(self.level)))
                .with("certificate_bytes", Value::UInt(self.certificate.len() as u64))
                .with("tokens", Value::List(tokens))
                .with("transport", text(self.transport)),
        )
    }
}

impl<'a> TokenPolicy<'a> {
    fn read(decoder: &mut Decoder<'a>) -> Decoded<Self> {
        let (id, kind) = (decoder.string()?, decoder.u32()?);
        let _issued_type = decoder.string()?;
        let _issuer_url = decoder.string()?;
        Ok(TokenPolicy { id, kind, policy_uri: decoder.string()? })
    }

    fn value(&self) -> Value {
        Value::Fields(
            Fields::default()
                .with("policy_id", text(self.id))
                .with("type", Value::Text(wire::token_type(self.kind).into_owned()))
                .with("policy_uri", text(self.policy_uri)),
        )
    }
}

pub fn strings<'a>(decoder: &mut Decoder<'a>) -> Decoded<Strings<'a>> {
    let mut strings = Strings::new();
    decoder.each(|decoder| {
        strings.push(decoder.string()?.unwrap_or_default());
        Ok(())
    })?;
    Ok(strings)
}

fn texts(strings: &[&[u8]]) -> Value {
    Value::List(strings.iter().map(|string| text(Some(string))).collect())
}

/// FindServers and GetEndpoints: the URL by which the client knows the server, then two lists of wishes.
pub fn asked(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    visitor.object(Subject::Named(decoder.string()?.unwrap_or_default()));
    strings(decoder)?;
    strings(decoder).map(drop)
}

/// FindServersOnNetwork.
pub fn asked_network(decoder: &mut Decoder<'_>) -> Decoded<()> {
    let _first_record = decoder.u32()?;
    let _max_records = decoder.u32()?;
    strings(decoder).map(drop)
}

pub fn servers(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    let count = decoder.count()?;
    for _ in 0..count {
        let application = Application::read(decoder)?;
        if count == 1 || application.is_discovery_server() {
            visitor.application(&application);
        }
        tell(decoder, visitor, || application.value());
    }
    Ok(())
}

pub fn endpoints(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    let mut is_first = true;
    decoder.each(|decoder| {
        let endpoint = Endpoint::read(decoder)?;
        if std::mem::take(&mut is_first) {
            visitor.application(&endpoint.server);
        }
        visitor.endpoint(&endpoint);
        tell(decoder, visitor, || endpoint.value());
        Ok(())
    })
}

pub fn servers_on_network(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    let _counters_reset = decoder.date_time()?;
    decoder.each(|decoder| {
        let _record = decoder.u32()?;
        let (name, url) = (decoder.string()?, decoder.string()?);
        let capabilities = strings(decoder)?;
        tell(decoder, visitor, || {
            let fields = Fields::default().with("name", text(name)).with("url", text(url));
            Value::Fields(fields.with("capabilities", texts(&capabilities)))
        });
        Ok(())
    })
}

/// RegisterServer: a server tells a discovery server of itself, so the client of this act is an OPC UA server.
pub fn registered(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    let (application, is_online) = Application::read_registered(decoder)?;
    visitor.object(Subject::Named(application.uri.unwrap_or_default()));
    visitor.application(&application);
    tell(decoder, visitor, || Value::Fields(application.fields().with("online", Value::Bool(is_online))));
    Ok(())
}

pub fn registered_with_configuration(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    registered(decoder, visitor)?;
    decoder.each(|decoder| tell_read(decoder, visitor, Decoder::structure))
}
