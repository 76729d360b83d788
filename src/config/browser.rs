//! `[browser]`: whether and by which process pages are rendered. It opens no file and looks for no program.

use super::fields::Fields;
use std::time::Duration;

/// How pages are rendered that scripts write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowserSettings {
    /// Whether a page that shows itself to be a shell for scripts is rendered without `render = true`: no.
    pub automatic: bool,
    /// The browser; None: the Chromium that is installed.
    pub program: Option<String>,
    /// The socket of the render service; None: a child process renders.
    pub socket: Option<String>,
    /// How long a page may take: 60 s.
    pub timeout: Duration,
}

impl Default for BrowserSettings {
    fn default() -> Self {
        Self { automatic: false, program: None, socket: None, timeout: Duration::from_mins(1) }
    }
}

pub(crate) fn read(root: &mut Fields<'_>) -> BrowserSettings {
    let usual = BrowserSettings::default();
    let Some(mut fields) = root.table("browser") else { return usual };
    let within = Duration::from_secs(10)..=Duration::from_mins(3);
    let browser = BrowserSettings {
        automatic: fields.flag("automatic").unwrap_or(usual.automatic),
        program: path(&mut fields, "program", "/usr/bin/chromium"),
        socket: path(&mut fields, "socket", "/run/noticewatch-render.socket"),
        timeout: fields.duration("timeout", within).unwrap_or(usual.timeout),
    };
    fields.finish();
    browser
}

/// A whole path: what "here" is differs between a service and a shell.
fn path(fields: &mut Fields<'_>, key: &'static str, example: &str) -> Option<String> {
    let given = fields.text(key)?;
    if !given.value.starts_with('/') {
        let problem = format!("\"{}\" is no whole path", given.value);
        fields.mistake(&given.place, problem, format!("write it from the root, such as \"{example}\""));
        return None;
    }
    Some(given.value)
}
