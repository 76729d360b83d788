//! When which subscription is due.

use crate::app::context::AppContext;
use crate::app::error::Failure;
use crate::app::marks::rules_key;
use crate::config::{OPERATOR, Quiet, Subscription};
use crate::io::store::{OutboxRow, Store};
use jiff::Timestamp;
use noticewatch_core::history::Finding;
use noticewatch_core::letter::Occasion;
use noticewatch_core::schedule;
use noticewatch_core::schedule::CronLine;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeMap;

/// What a letter says of itself where its time had gone by.
pub(crate) const LATE: &str =
    "This letter comes later than its schedule says: the program was away or busy when it was due.";

/// The subscriptions of the settings, and the operator's, who is told of what only an operator can mend, and of no finding.
pub(crate) fn subscriptions(office: &AppContext) -> Vec<Subscription> {
    let operator = office.settings.operator.as_ref().map(|address| Subscription {
        name: OPERATOR.to_owned(),
        recipients: vec![address.clone()],
        names: BTreeMap::new(),
        notifiers: Vec::new(),
        targets: Vec::new(),
        services: Vec::new(),
        terms_types: Vec::new(),
        languages: Vec::new(),
        verdicts: vec!["suspect-capture".to_owned()],
        at_once: false,
        digest: Some(office.settings.digest.clone()),
        weekly: None,
        quiet: Quiet::Never,
        troubles: true,
        text_only: true,
    });
    office.settings.subscriptions.iter().cloned().chain(operator).collect()
}

/// The digests of one subscription that are due, and whether they are late.
pub(crate) struct DueDigests {
    pub(crate) runs: Vec<(Occasion, schedule::DueRun)>,
}

impl DueDigests {
    pub(crate) fn occasion(&self) -> Occasion {
        let has = |occasion| self.runs.iter().any(|(due, _)| *due == occasion);
        if has(Occasion::Weekly) {
            Occasion::Weekly
        } else if has(Occasion::Digest) {
            Occasion::Digest
        } else {
            Occasion::AtOnce
        }
    }

    pub(crate) fn late(&self) -> bool {
        self.runs.iter().any(|(_, due)| due.late)
    }

    /// The time that the last of them was planned for.
    pub(crate) fn planned(&self) -> Option<Timestamp> {
        self.runs.iter().map(|(_, due)| due.at).max()
    }
}

pub(crate) fn due(subscription: &Subscription, store: &mut Store, now: Timestamp) -> Result<DueDigests, Failure> {
    let (marks, mut runs) = (store.marks()?, Vec::new());
    for (occasion, line) in lines(subscription) {
        let key = run_key(subscription, occasion);
        let last = marks.get(&key).map_or(now, |mark| mark.at);
        if line.mend(last, now) == last {
            runs.extend(line.due(Some(last), now).map(|due| (occasion, due)));
        } else {
            // Noted at a time that the clock, which was ahead, has not reached: it counts as run now, or would wait for that.
            store.mark(&key, json!("the clock was ahead"), now)?;
        }
    }
    Ok(DueDigests { runs })
}

/// When letters come to a subscription by the calendar.
pub(crate) fn lines(subscription: &Subscription) -> impl Iterator<Item = (Occasion, &CronLine)> {
    let both = [(Occasion::Digest, &subscription.digest), (Occasion::Weekly, &subscription.weekly)];
    both.into_iter().filter_map(|(occasion, line)| Some((occasion, line.as_ref()?)))
}

/// Whether a letter was written for this subscription.
fn of(row: &OutboxRow, subscription: &Subscription) -> bool {
    row.note.get("subscription").and_then(Value::as_str) == Some(&subscription.name)
}

/// Whether this recipient has the letter of that run already: the program ended before it could note that all have.
pub(crate) fn has_run(
    store: &Store,
    subscription: &Subscription,
    recipient: &str,
    planned: Option<Timestamp>,
) -> Result<bool, Failure> {
    let Some(planned) = planned else { return Ok(false) };
    let planned = planned.to_string();
    Ok(store.outbox()?.iter().any(|row| {
        let run = row.note.get("run").and_then(Value::as_str);
        row.recipient == recipient && of(row, subscription) && run == Some(&planned)
    }))
}

/// Whether a finding settled before these rules were first at work here.
#[must_use]
pub fn is_late(store: &Store, finding: &Finding) -> bool {
    store.marks().ok().and_then(|marks| marks.get(&rules_key()).map(|mark| finding.settled < mark.at)).unwrap_or(false)
}

pub(crate) fn run_key(subscription: &Subscription, occasion: Occasion) -> String {
    let name = if occasion == Occasion::Weekly { "weekly" } else { "digest" };
    format!("{name}/{}", subscription.name)
}
