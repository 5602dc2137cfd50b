//! Every technique of MITRE ATT&CK for ICS (v18), and whether packets can show it at all.

/// Stages of an attack, in the order of the matrix.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tactic {
    InitialAccess,
    Execution,
    Persistence,
    PrivilegeEscalation,
    Evasion,
    Discovery,
    LateralMovement,
    Collection,
    CommandAndControl,
    InhibitResponseFunction,
    ImpairProcessControl,
    Impact,
}

/// Where a technique shows itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shows {
    /// Its packets pass a mirror port of the control network.
    Network,
    /// Inside a machine, on the air, on a serial line or on paper: no network monitor sees it.
    Elsewhere,
    /// It is what comes of others, in the process itself.
    Outcome,
}

/// One technique.
#[derive(Clone, Copy, Debug)]
pub struct Technique {
    pub id: &'static str,
    pub tactics: &'static [Tactic],
    pub shows: Shows,
}

pub const ATTACK_VERSION: &str = "18";

const fn t(id: &'static str, tactics: &'static [Tactic], shows: Shows) -> Technique {
    Technique { id, tactics, shows }
}

use Shows::{Elsewhere, Network, Outcome};
use Tactic::{
    Collection, CommandAndControl, Discovery, Evasion, Execution, Impact, ImpairProcessControl,
    InhibitResponseFunction, InitialAccess, LateralMovement, Persistence, PrivilegeEscalation,
};

/// By number.
pub const TECHNIQUES: &[Technique] = &[
    t("T0800", &[InhibitResponseFunction], Network),
    t("T0801", &[Collection], Network),
    t("T0802", &[Collection], Network),
    t("T0803", &[InhibitResponseFunction], Network),
    t("T0804", &[InhibitResponseFunction], Network),
    t("T0805", &[InhibitResponseFunction], Elsewhere),
    t("T0806", &[ImpairProcessControl], Network),
    t("T0807", &[Execution], Network),
    t("T0809", &[InhibitResponseFunction], Elsewhere),
    t("T0811", &[Collection], Elsewhere),
    t("T0812", &[LateralMovement], Network),
    t("T0813", &[Impact], Outcome),
    t("T0814", &[InhibitResponseFunction], Network),
    t("T0815", &[Impact], Outcome),
    t("T0816", &[InhibitResponseFunction], Network),
    t("T0817", &[InitialAccess], Elsewhere),
    t("T0819", &[InitialAccess], Network),
    t("T0820", &[Evasion], Elsewhere),
    t("T0821", &[Execution], Network),
    t("T0822", &[InitialAccess], Network),
    t("T0823", &[Execution], Elsewhere),
    t("T0826", &[Impact], Outcome),
    t("T0827", &[Impact], Outcome),
    t("T0828", &[Impact], Outcome),
    t("T0829", &[Impact], Outcome),
    t("T0830", &[Collection], Network),
    t("T0831", &[Impact], Outcome),
    t("T0832", &[Impact], Outcome),
    t("T0834", &[Execution], Elsewhere),
    t("T0835", &[InhibitResponseFunction], Network),
    t("T0836", &[ImpairProcessControl], Network),
    t("T0837", &[Impact], Outcome),
    t("T0838", &[InhibitResponseFunction], Network),
    t("T0839", &[Persistence, ImpairProcessControl], Network),
    t("T0840", &[Discovery], Network),
    t("T0842", &[Discovery], Elsewhere),
    t("T0843", &[LateralMovement], Network),
    t("T0845", &[Collection], Network),
    t("T0846", &[Discovery], Network),
    t("T0847", &[InitialAccess], Elsewhere),
    t("T0848", &[InitialAccess], Network),
    t("T0849", &[Evasion], Network),
    t("T0851", &[Evasion, InhibitResponseFunction], Elsewhere),
    t("T0852", &[Collection], Elsewhere),
    t("T0853", &[Execution], Elsewhere),
    t("T0855", &[ImpairProcessControl], Network),
    t("T0856", &[Evasion, ImpairProcessControl], Network),
    t("T0857", &[Persistence, InhibitResponseFunction], Network),
    t("T0858", &[Execution, Evasion], Network),
    t("T0859", &[Persistence, LateralMovement], Network),
    t("T0860", &[InitialAccess], Elsewhere),
    t("T0861", &[Collection], Network),
    t("T0862", &[InitialAccess], Elsewhere),
    t("T0863", &[Execution], Elsewhere),
    t("T0864", &[InitialAccess], Network),
    t("T0865", &[InitialAccess], Elsewhere),
    t("T0866", &[InitialAccess, LateralMovement], Network),
    t("T0867", &[LateralMovement], Network),
    t("T0868", &[Collection], Network),
    t("T0869", &[CommandAndControl], Network),
    t("T0871", &[Execution], Network),
    t("T0872", &[Evasion], Network),
    t("T0873", &[Persistence], Elsewhere),
    t("T0874", &[Execution, PrivilegeEscalation], Elsewhere),
    t("T0877", &[Collection], Network),
    t("T0878", &[InhibitResponseFunction], Network),
    t("T0879", &[Impact], Outcome),
    t("T0880", &[Impact], Outcome),
    t("T0881", &[InhibitResponseFunction], Network),
    t("T0882", &[Impact], Outcome),
    t("T0883", &[InitialAccess], Network),
    t("T0884", &[CommandAndControl], Network),
    t("T0885", &[CommandAndControl], Network),
    t("T0886", &[InitialAccess, LateralMovement], Network),
    t("T0887", &[Discovery, Collection], Elsewhere),
    t("T0888", &[Discovery], Network),
    t("T0889", &[Persistence], Network),
    t("T0890", &[PrivilegeEscalation], Elsewhere),
    t("T0891", &[Persistence, LateralMovement], Network),
    t("T0892", &[InhibitResponseFunction], Network),
    t("T0893", &[Collection], Elsewhere),
    t("T0894", &[Evasion], Elsewhere),
    t("T0895", &[Execution], Elsewhere),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::catalogue;

    #[test]
    fn every_technique_of_the_catalogue_is_one_of_the_matrix() {
        for id in catalogue::all().flat_map(|detection| detection.techniques) {
            assert!(TECHNIQUES.iter().any(|technique| technique.id == *id), "{id}");
        }
        assert!(TECHNIQUES.is_sorted_by(|a, b| a.id < b.id), "each once, by number");
    }
}
