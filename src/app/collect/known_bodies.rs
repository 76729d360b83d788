//! What the store holds of a target's bodies, as a run needs it.

use crate::app::analysis::types::{TargetState, Trail};
use jiff::Timestamp;
use noticewatch_core::capture::Sha256;
use noticewatch_core::target::Target;

/// What the store holds of a target's bodies, as a pass needs it.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownBodies<'a> {
    /// The target, where it was looked at before.
    pub target: Option<&'a Target>,
    /// The last body that is kept, and when it came.
    pub last: Option<(Sha256, Timestamp)>,
    /// The digest of the last full answer, kept or not.
    pub served: Option<Sha256>,
    /// The last good capture.
    pub good: Option<Sha256>,
    /// The last look without conditions.
    pub unconditional: Option<Timestamp>,
}

impl KnownBodies<'_> {
    /// The body that brings nothing new: kept last, and good.
    pub(crate) fn unchanged(&self) -> Option<Sha256> {
        self.last.map(|(sha256, _)| sha256).filter(|last| self.good == Some(*last))
    }
}

pub(crate) fn kept_of(page: &TargetState) -> KnownBodies<'_> {
    let Trail { last, served, unconditional, .. } = page.trail.clone();
    KnownBodies { target: Some(&page.target), last, served, good: page.followed.capture, unconditional }
}
