use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// Walks an event back to its bytes.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Evidence {
    /// Capture file name, or interface on a live sensor.
    pub capture: Arc<str>,
    /// Frame numbers counted from 1 in that capture, ascending: first and last frame of the request and of the response.
    pub frames: SmallVec<[u64; 4]>,
    /// Where in the capture the first and the last of these frames lie; of no meaning in another run.
    #[serde(skip)]
    pub span: [FrameRef; 2],
}

impl Evidence {
    /// Adds frames of another piece of the same capture, keeping order and dropping doubles.
    pub fn join(&mut self, frames: impl IntoIterator<Item = u64>) {
        self.frames.extend(frames);
        self.frames.sort_unstable();
        self.frames.dedup();
    }

    /// Something more of it came, up to this frame.
    pub fn reach(&mut self, last: FrameRef) {
        if last.ts > self.span[1].ts {
            self.span[1] = last;
        }
    }
}

/// One frame's place: when, and where in which capture.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FrameRef {
    pub ts: super::Timestamp,
    /// Counted from 1 within its capture.
    pub number: u64,
    /// Bytes of the run's input before this frame.
    pub position: u64,
    /// Index of the capture (file or interface) among those of this run.
    pub capture: u16,
}
