//! What need not be told again: asks the cache of known behaviour without building an event.

use super::meaning;
use super::parse::Pdu;
use super::report::{Ending, Reporter};
use super::tsdu::Sent;
use super::{service, szl, userdata, wire};
use crate::event::{Class, FrameRef, FunctionKey, Unit};
use crate::protocol::Behaviour;

/// Asks for the cache of the known without building anything.
pub fn job(request: &Pdu<'_>, response: &Pdu<'_>, sent: Sent, to: &mut Reporter<'_, '_>) -> bool {
    let Some(code @ (wire::READ_VAR | wire::WRITE_VAR)) = request.function() else { return false };
    if !meaning::all_well(response) {
        return false;
    }
    let Some(objects) = meaning::keys(request) else { return false };
    let class = if code == wire::READ_VAR { Class::Read } else { Class::Write };
    let function = FunctionKey { rosctr: wire::JOB, ..FunctionKey::code(u32::from(code)) };
    let unit = to.unit.map_or(0, Unit::key);
    let (values, at) = (request.data, sent.last);
    to.out.known(&Behaviour { protocol: to.protocol, unit, function, class, objects: &objects, values, at })
}

/// The same for userdata that carries no object of its own: subscriptions, pushes, lists that say nothing new.
pub fn userdata(halves: &service::Halves<'_>, ending: &Ending, to: &mut Reporter<'_, '_>) -> bool {
    let Some(answer) = halves.answer() else { return false };
    let (_, class) = userdata::function(answer.group, answer.subfunction);
    let list = halves.list().filter(|_| halves.is(userdata::CPU, userdata::READ_SZL));
    // What touches variables or blocks is told by object, which is not known here, and alarms by what they say.
    let alarm = answer.group == userdata::CPU && list.is_none() && class != Class::Subscribe;
    if matches!(class, Class::Read | Class::Write) || answer.group == userdata::BLOCK || alarm {
        return false;
    }
    let detail = list.map_or(u16::from(answer.subfunction), |(id, _)| id);
    let class = list.map_or(class, |(id, _)| szl::class(id));
    let (code, group) = (u32::from(answer.group), answer.group);
    let function = FunctionKey { code, rosctr: wire::USERDATA, group, detail };
    let unit = to.unit.map_or(0, Unit::key);
    let at = ending.response.or(ending.request).map_or_else(FrameRef::default, |sent| sent.last);
    to.out.known(&Behaviour { protocol: to.protocol, unit, function, class, objects: &[], values: &[], at })
}
