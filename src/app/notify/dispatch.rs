//! Who gets which letter now: what is due, composing, telling.
//!
//! A finding counts as told by one line of the journal that is durable before anything is sent
//! (docs/design/store.md 2).

use super::correction::correct;
use super::delivery_queue::{DeliveryQueue, first_in_line};
use super::letter_content::Draft;
use super::notification_log::{recipient_key, record};
use super::outgoing::{UnwrittenLetter, gathered, outgoing};
use super::runs::{DueDigests, LATE, due, has_run, lines, run_key, subscriptions};
use super::surroundings::Context;
use super::{letter_content, notices, unmade_letters};
use crate::app::analysis::reading_cache::ReadingCache;
use crate::app::analysis::types::WatchState;
use crate::app::context::AppContext;
use crate::app::error::Failure;
use crate::app::maintenance::timestamping;
use crate::app::marks::rules_key;
use crate::config::{OPERATOR, Quiet, Subscription};
use crate::io::store::Store;
use jiff::Timestamp;
use noticewatch_core::letter::retry_schedule::is_due;
use noticewatch_core::letter::{Letter, Occasion, compose};
use serde_json::json;

/// Notes when each recipient and these rules were first seen: findings that settled before are late.
///
/// # Errors
/// The journal cannot be written.
pub fn watermarks(office: &AppContext, store: &mut Store, now: Timestamp) -> Result<(), Failure> {
    let marks = store.marks()?;
    let mut keys = vec![rules_key()];
    for subscription in &subscriptions(office) {
        keys.extend(subscription.receivers().iter().map(|to| recipient_key(subscription, to)));
        keys.extend([Occasion::Digest, Occasion::Weekly].map(|occasion| run_key(subscription, occasion)));
    }
    for key in keys.iter().filter(|key| !marks.contains_key(*key)) {
        store.mark(key, json!("first seen"), now)?;
    }
    Ok(())
}

/// Writes the letters that are due into the outbox; returns their rows.
///
/// # Errors
/// The store cannot be read or written.
pub fn tell(
    office: &AppContext,
    store: &mut Store,
    readings: &mut ReadingCache,
    survey: &WatchState,
    now: Timestamp,
) -> Result<Vec<u64>, Failure> {
    let mut rows = Vec::new();
    let context = &mut Context::new(readings);
    for subscription in &subscriptions(office) {
        let due = due(subscription, store, now)?;
        for recipient in &subscription.receivers() {
            let gathered = gather(store, context, survey, subscription, recipient, &due, now)?;
            if let Some(gathered) = gathered {
                let sheet = UnwrittenLetter { recipient, subscription, gathered: &gathered };
                let made = outgoing(office, &sheet, None, due.planned(), now);
                rows.extend(unmade_letters::tell(store, recipient, made, now)?);
            }
        }
        for (occasion, _) in &due.runs {
            store.mark(&run_key(subscription, *occasion), json!("ran"), now)?;
        }
    }
    rows.extend(correct(office, store, survey, now)?);
    Ok(rows)
}

/// The material for one recipient; None where there is nothing to say.
fn gather(
    store: &Store,
    context: &mut Context<'_>,
    survey: &WatchState,
    subscription: &Subscription,
    recipient: &str,
    due: &DueDigests,
    now: Timestamp,
) -> Result<Option<Draft>, Failure> {
    let occasion = due.occasion();
    if occasion == Occasion::AtOnce && !subscription.at_once {
        return Ok(None);
    }
    if has_run(store, subscription, recipient, due.planned())? {
        return Ok(None);
    }
    let record = record(store, subscription, recipient, now)?;
    let mut gathered = gathered(store, context, survey, &record, (occasion, subscription), now)?;
    gathered.material.notes = match occasion {
        Occasion::AtOnce => notices::at_once(store, subscription, recipient, &record)?,
        _ => notices::all(store, subscription, recipient, &record)?,
    };
    let told = letter_content::is_news(&gathered.material)
        || (subscription.name == OPERATOR && !gathered.material.notes.is_empty());
    let quiet = match occasion {
        Occasion::Weekly => subscription.quiet != Quiet::Never || !gathered.material.recent.is_empty(),
        _ => occasion == Occasion::Digest && subscription.quiet == Quiet::Always,
    };
    let speaks = told || quiet;
    if occasion == Occasion::Weekly {
        gathered.material.notes.extend(timestamping::note(store)?);
    }
    if due.late() {
        // Said in a letter that has something to say; to be late is no news by itself.
        gathered.material.notes.push(LATE.to_owned());
    }
    Ok(speaks.then_some(gathered))
}

/// The letter that a digest would be now, whatever is due.
///
/// # Errors
/// The store cannot be read.
pub fn preview(
    store: &Store,
    readings: &mut ReadingCache,
    survey: &WatchState,
    subscription: &Subscription,
    now: Timestamp,
) -> Result<Letter, Failure> {
    let recipient = subscription.receivers().into_iter().next().unwrap_or_default();
    let record = record(store, subscription, &recipient, now)?;
    let context = &mut Context::new(readings);
    let gathered = gathered(store, context, survey, &record, (Occasion::Weekly, subscription), now)?;
    Ok(compose(&gathered.material))
}

/// When a digest or a waiting letter is due next.
pub fn next_due(queue: &DeliveryQueue, office: &AppContext, store: &Store, now: Timestamp) -> Vec<Timestamp> {
    let marks = store.marks().unwrap_or_default();
    let all = subscriptions(office);
    let lines = all
        .iter()
        .flat_map(|subscription| lines(subscription).map(|(occasion, line)| (run_key(subscription, occasion), line)));
    let runs = lines.map(|(key, line)| line.next_after(marks.get(&key).map_or(now, |mark| line.mend(mark.at, now))));
    let waiting = first_in_line(store).unwrap_or_default().into_iter();
    let waiting = waiting.filter(|row| !queue.serves(&row.recipient));
    let letters = waiting.map(|row| row.next_try.filter(|_| !is_due(row.next_try, now)).unwrap_or(now));
    let owed = queue.owes().then_some(now);
    runs.chain(letters).chain(owed).collect()
}
