//! What changed: from the readings of one target in time to findings, and across the siblings of a service.
//!
//! This room never sees HTML, a file or a clock: time comes with the looks.

pub(crate) mod accepted;
pub(crate) mod archive_looks;
pub(crate) mod availability;
pub(crate) mod finding_reasons;
pub(crate) mod findings;
pub(crate) mod flapping;
pub(crate) mod follow;
pub mod health;
pub(crate) mod outage;
pub(crate) mod pair;
pub(crate) mod quarantine;
pub(crate) mod recent_captures;
pub(crate) mod siblings;
pub(crate) mod telling;
pub(crate) mod trouble;
pub(crate) mod types;
pub(crate) mod wordings;

pub use accepted::Accepted;
pub use siblings::Across;
pub use siblings::Sibling;
pub use siblings::across;

pub use archive_looks::judged_by;
pub use follow::TargetFold;
pub use follow::Terms;
pub use follow::follow;
pub use outage::Outage;
pub use outage::failing_since;
pub use outage::outages;
pub use outage::reached;
pub use pair::compare;
pub use pair::pair_health;
pub use telling::Told;
pub use telling::Unsaid;
pub use telling::counts;
pub use telling::unsaid;
pub use trouble::Trouble;
pub use trouble::TroubleKind;
pub use types::*;
