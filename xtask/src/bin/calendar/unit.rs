//! What the unit gives to the program that it starts.

/// The unit.
const UNIT: &str = include_str!("../../../../systemd/noticewatch.service");

/// Its environment, so that memory is measured as under systemd.
pub fn environment() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = UNIT.lines().filter_map(|line| line.strip_prefix("Environment="));
    lines.flat_map(|line| line.split_whitespace().filter_map(|one| one.split_once('=')))
}
