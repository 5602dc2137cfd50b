/// Names a rule: generator, signature and revision.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct RuleId {
    pub gid: u32,
    pub sid: u32,
    pub rev: u32,
}
