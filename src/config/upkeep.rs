//! `[backup]` and `[metrics]` of `noticewatch.toml`: where the store is copied to, and where figures are left.
//!
//! It opens no file: paths are handed on as they stand.

use super::fields::Fields;

/// The directory of the backup.
pub(crate) fn backup(root: &mut Fields<'_>) -> Option<String> {
    path(root, "backup", "directory")
}

/// The file of the figures.
pub(crate) fn metrics(root: &mut Fields<'_>) -> Option<String> {
    let mut fields = root.table("metrics")?;
    let given = fields.text("file");
    fields.finish();
    let given = given?;
    // The collector of node_exporter reads no other.
    if std::path::Path::new(&given.value).extension().is_some_and(|ending| ending == "prom") {
        return Some(given.value);
    }
    let problem = format!("\"{}\" does not end in .prom", given.value);
    root.mistake(
        &given.place,
        problem,
        "node_exporter reads only such files: write one such as \"/var/lib/prometheus/node-exporter/noticewatch.prom\"",
    );
    None
}

fn path(root: &mut Fields<'_>, table: &'static str, key: &'static str) -> Option<String> {
    let mut fields = root.table(table)?;
    let given = fields.text(key).map(|given| given.value);
    fields.finish();
    given
}
