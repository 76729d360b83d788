//! `import`: the recordings of an archive, as facts beside our own.
//!
//! What is imported is never told: it answers questions about the past, and gives a live target its context.

pub(crate) mod plan;
pub(crate) mod run;

use super::context::AppContext;
use super::error::Failure;
use super::import::plan::RecordedDocument;
use super::marks::context_key;
use crate::io::store::Store;
use serde_json::json;

pub use plan::Recording;

/// Notes which documents are shown beside which targets.
pub(crate) fn context(
    office: &AppContext,
    store: &mut Store,
    documents: &[RecordedDocument],
    maps: &[(String, String)],
) -> Result<(), Failure> {
    let marks = store.marks()?;
    for (path, target) in maps {
        let mut named = documents.iter().filter(|document| document.path == *path).peekable();
        if named.peek().is_none() {
            return Err(Failure::Missing(format!("--map: the repository has no document {path}")));
        }
        for document in named {
            let (key, value) = (context_key(&document.target.id), json!(target));
            if marks.get(&key).is_none_or(|mark| mark.value != value) {
                store.mark(&key, value, office.clock.now())?;
            }
        }
    }
    Ok(())
}
