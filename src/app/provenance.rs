//! What the program is and how it is set, as every capture names it: build, settings, rules.
//!
//! The settings are those by which pages are asked for. They hold nothing of letters, recipients or passwords.

use super::context::AppContext;
use super::error::Failure;
use super::version::{BUILD, rules};
use crate::io::store::Store;
use noticewatch_core::capture::{Provenance, Sha256};
use serde_json::{Value, json};

/// What every capture of this office names.
#[must_use]
pub fn maker(office: &AppContext) -> Provenance {
    Provenance { build: BUILD.to_owned(), settings: fingerprint(&settings(office)), rules: rules().to_owned() }
}

/// The settings by which pages are asked for.
#[must_use]
pub fn settings(office: &AppContext) -> Value {
    let (settings, fetch) = (&office.settings, &office.settings.fetch);
    let proxies = office.proxies();
    json!({
        "user_agent": settings.user_agent(),
        "check": settings.check.to_string(),
        "jitter_s": settings.jitter.as_secs(),
        "connect_timeout_s": fetch.connect_timeout.as_secs(),
        "read_timeout_s": fetch.read_timeout.as_secs(),
        "timeout_s": fetch.timeout.as_secs(),
        "spacing_s": fetch.spacing.as_secs(),
        "parallel_hosts": fetch.parallel_hosts,
        "extra_authorities": fetch.extra_ca.len(),
        "through_a_proxy": !(proxies.http.is_empty() && proxies.https.is_empty()),
        "browser": {
            "automatic": settings.browser.automatic,
            "program": settings.browser.program,
            "timeout_s": settings.browser.timeout.as_secs(),
        },
    })
}

/// The settings as text: what the fingerprint is taken of.
#[must_use]
pub fn text(settings: &Value) -> String {
    format!("{settings:#}\n")
}

/// Notes today's settings in the journal under their fingerprint, where they do not stand there yet.
///
/// # Errors
/// The journal cannot be written.
pub fn note(office: &AppContext, store: &mut Store) -> Result<(), Failure> {
    let settings = settings(office);
    let key = key(&fingerprint(&settings));
    if !store.marks()?.contains_key(&key) {
        store.mark(&key, settings, office.clock.now())?;
    }
    Ok(())
}

/// The settings that a fingerprint stands for, as text.
///
/// # Errors
/// The store cannot be read.
pub fn noted(store: &Store, fingerprint: &str) -> Result<Option<String>, Failure> {
    Ok(store.marks()?.get(&key(fingerprint)).map(|mark| text(&mark.value)))
}

fn fingerprint(settings: &Value) -> String {
    Sha256::of(text(settings).as_bytes()).to_string()[..16].to_owned()
}

fn key(fingerprint: &str) -> String {
    format!("settings/{fingerprint}")
}
