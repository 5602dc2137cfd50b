use std::time::Duration;

/// Something wrong with the sensor itself, told by the box around the engine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SensorFault {
    /// So many log-ins to the console were refused lately.
    FailedLogIns { count: u32 },
    /// The disk has less room, in bytes, than the evidence quota still needs.
    DiskShort { free: u64, needed: u64 },
    /// Evidence had to make room before its promised time.
    KeptTooShort { kept: Duration, promised: Duration },
    /// The rules are others than before; how many there are now.
    RulesChanged { rules: usize },
}
