//! Names of the facts that the program notes in the journal beside visits and letters.

use super::version::rules;
use jiff::SignedDuration;

/// The key under which the journal holds who writes it.
pub(crate) const KEY: &str = "version";

/// Under this key a row of the outbox notes which finding it corrects.
pub const CORRECTS: &str = "corrects";

/// The usual time between two recordings of an archive.
pub(crate) const RECORDED: SignedDuration = SignedDuration::from_hours(24);

/// What the keys begin with under which the first sight of rules is noted.
pub const RULES: &str = "rules/";

/// The key under which the first sight of today's rules is noted.
#[must_use]
pub fn rules_key() -> String {
    format!("{RULES}{}", rules())
}

/// The mark of the last run, and how often there is one.
pub(crate) const MARK: &str = "retention";

/// The key under which damage is on record.
pub(crate) const DAMAGE: &str = "damage";

/// The key under which it is noted that letters may come twice, and since when.
pub(crate) const RESTORED: &str = "restored";

/// The keys of the last backup and the last check.
pub(crate) const BACKUP: &str = "backup";

pub(crate) const VERIFIED: &str = "verified";

/// The key under which the last such pass is on record.
pub(crate) const OVERLAP: &str = "overlap";

/// The key of the mark that shows an imported document beside a watched target.
#[must_use]
pub fn context_key(document: &str) -> String {
    format!("context/{document}")
}
