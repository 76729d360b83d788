//! Times in which nothing could be reached, and the troubles of pages that they explain.
//!
//! Knows visits and troubles; how it is told, letters know.

use super::types::{ExplainedOutage, TargetState, place};
use crate::app::error::Failure;
use crate::io::store::{Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use noticewatch_core::capture::Visit;
use noticewatch_core::history::{Outage, Trouble, TroubleKind, failing_since, outages};
use noticewatch_core::target::Target;

/// So long after its end a time without network is still news to somebody.
const DARK: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The times without network that explain why pages were out of sight. Where no page is or lately was, nothing is asked.
///
/// # Errors
/// The store cannot be read.
pub fn of(store: &Store, pages: &[TargetState], now: Timestamp) -> Result<Vec<ExplainedOutage>, Failure> {
    let recent = |trouble: &&Trouble| {
        trouble.kind == TroubleKind::OutOfSight && trouble.until.is_none_or(|until| now.duration_since(until) <= DARK)
    };
    let live = || pages.iter().filter(|page| place(&page.target).is_none());
    let lately = live().flat_map(|page| &page.followed.troubles).filter(recent).map(|trouble| trouble.since);
    let Some(since) = lately.filter(|since| now.duration_since(*since) <= DARK.saturating_mul(2)).min() else {
        return Ok(Vec::new());
    };
    let visits =
        live().map(|page| Ok((page, store.visits(&page.target.id)?))).collect::<Result<Vec<_>, StoreError>>()?;
    let knocks: Vec<(&Target, &[Visit])> =
        visits.iter().map(|(page, visits)| (&page.target, visits.as_slice())).collect();
    let explained = |outage: Outage| {
        let mut explains = Vec::new();
        for (page, visits) in &visits {
            for trouble in page.followed.troubles.iter().filter(recent) {
                let failing = failing_since(visits, trouble.since);
                if failing.is_some_and(|failing| outage.explains(failing, trouble.until, now)) {
                    explains.push((trouble.target.clone(), trouble.since));
                }
            }
        }
        ExplainedOutage { outage, explains }
    };
    Ok(outages(&knocks, since).into_iter().map(explained).filter(|dark| !dark.explains.is_empty()).collect())
}
