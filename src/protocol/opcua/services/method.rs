//! Method services (OPC 10000-4 section 5.12).

use super::{Visitor, tell, tell_read};
use crate::event::{Fields, Value};
use crate::protocol::opcua::decoder::{Decoded, Decoder};
use crate::protocol::opcua::subject::Subject;
use crate::protocol::opcua::wire;

/// Each method with its input arguments as values.
pub fn call(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        let (object, method) = (decoder.node_id()?, decoder.node_id()?);
        visitor.object(Subject::Method { object, method });
        decoder.each(|decoder| tell_read(decoder, visitor, |decoder| Ok(decoder.variant()?.value)))
    })
}

/// Each method's output arguments, as one value that says so, behind the input arguments.
pub fn called(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        visitor.result(decoder.status()?);
        // A result for each input argument.
        super::qualities(decoder, visitor)?;
        decoder.skip_diagnostics()?;
        let (count, output) = decoder.list(wire::VARIANT)?;
        if count > 0 {
            tell(decoder, visitor, || Value::Fields(Fields::default().with("output", Value::List(output))));
        }
        Ok(())
    })?;
    super::diagnostics(decoder, visitor)
}
