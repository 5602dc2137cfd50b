//! UM: UMAS, by which Schneider's software programs controllers; it travels in Modbus function 90.

use std::time::Duration;

use crate::detect::catalogue::{RESERVATION_REFUSALS, UMAS_RECON};
use crate::detect::memory::Memory;
use crate::detect::window::{DistinctWindow, Tally};
use crate::detect::{Detector, Scene};
use crate::event::{Finding, Operation, Outcome, Protocol, Reason, Value};
use crate::inventory::{Address, LinkKey};

const UMAS: u32 = 90;
const TAKE: &str = "umas_take_plc_reservation";
const RELEASE: &str = "umas_release_plc_reservation";
/// Functions that only ask, and change nothing.
const ASKING: [u16; 8] = [0x01, 0x02, 0x03, 0x04, 0x06, 0x0a, 0x39, 0x58];
const ASKING_WINDOW: Duration = Duration::from_secs(10);
const REFUSALS_WINDOW: Duration = Duration::from_secs(60);
const MAX_LINKS: usize = 10_000;

/// UM-01, UM-04, UM-08.
pub struct Umas {
    asked: Memory<LinkKey, DistinctWindow<u16>>,
    refused: Memory<LinkKey, Tally>,
    reserved: Memory<Address, Reservation>,
}

/// Who has a controller for itself.
struct Reservation {
    by: Address,
    session: u64,
}

impl Default for Umas {
    fn default() -> Self {
        Umas { asked: Memory::new(MAX_LINKS), refused: Memory::new(MAX_LINKS), reserved: Memory::new(MAX_LINKS) }
    }
}

impl Detector for Umas {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        let Some(operation) = scene.operation(Protocol::Modbus) else { return };
        if operation.function.code != UMAS || !operation.request_seen {
            return;
        }
        found.extend(new_client(scene, operation));
        found.extend(self.explored(scene, operation));
        found.extend(self.refused(scene, operation));
        found.extend(self.reservation(scene, operation));
    }

    fn evicted(&self) -> u64 {
        self.asked.evicted() + self.refused.evicted() + self.reserved.evicted()
    }
}

/// No station that is known to program this controller.
fn new_client(scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
    scene.new_function()?;
    let row = scene.baseline.link(&scene.link());
    if row.is_some_and(|row| row.functions.iter().any(|function| function.function.code == UMAS)) {
        return None;
    }
    let mut finding = scene.operation_finding("UM-01", operation);
    "umas".clone_into(&mut finding.act);
    finding.reasons.insert(0, Reason::new("reason.never_engineered"));
    Some(finding)
}

impl Umas {
    fn explored(&mut self, scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
        let asked = operation.function.subfunction.filter(|function| ASKING.contains(function))?;
        if scene.is_habit() {
            return None;
        }
        let window = self.asked.entry(scene.link(), || DistinctWindow::new(ASKING_WINDOW, ASKING.len()));
        let count = window.add(scene.event.ts, asked);
        (count >= UMAS_RECON.value as usize).then(|| scene.counted("UM-08", "explored", "reason.umas_recon", count))
    }

    /// Who does not hold the controller is refused whatever changes it.
    fn refused(&mut self, scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
        if operation.outcome != Outcome::Refused {
            return None;
        }
        let count = RESERVATION_REFUSALS.value as usize;
        let tally = self.refused.entry(scene.link(), || Tally::new(REFUSALS_WINDOW, 4 * count));
        let refusals = tally.add(scene.event.ts);
        (refusals >= count).then(|| scene.counted("UM-04", "reservation", "reason.reservation_refused", refusals))
    }

    fn reservation(&mut self, scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
        let (client, server) = (scene.client(), scene.server());
        let accepted = operation.outcome == Outcome::Accepted;
        let session = number(operation, "session");
        let held = self.reserved.get(&server);
        let foreign = held.filter(|held| held.by != client);
        let told = match &*operation.function.name {
            TAKE if accepted => foreign.map(|held| Reason::new("reason.reservation_taken").with("other", held.by)),
            // The session byte that one station was given, used by another.
            _ if accepted && session.is_some_and(|session| session != 0) => foreign
                .filter(|held| Some(held.session) == session)
                .map(|held| Reason::new("reason.reservation_used").with("other", held.by)),
            _ => None,
        };
        match (&*operation.function.name, number(operation, "granted_session")) {
            (TAKE, Some(session)) if accepted => {
                self.reserved.insert(server, Reservation { by: client, session });
            }
            (RELEASE, _) if accepted => {
                self.reserved.remove(&server);
            }
            _ => {}
        }
        let mut finding = scene.finding("UM-04", "reservation");
        finding.reasons.push(told?);
        Some(finding)
    }
}

fn number(operation: &Operation, name: &str) -> Option<u64> {
    operation.items.iter().flat_map(|item| &item.values).find_map(|value| match value {
        Value::Fields(fields) => match fields.get(name)? {
            Value::UInt(number) => Some(*number),
            _ => None,
        },
        _ => None,
    })
}
