//! Pages that stand in files: what kind they are, and what their names say of them.

use super::analysis::capture_text;
use super::error::Failure;
use noticewatch_core::capture::markup;
use noticewatch_core::extract::Reading;
use noticewatch_core::target::ReadingSettings;
use std::io::Read;
use std::path::Path;

/// The largest page: a bound on what is held at once, far above what a fetch takes.
const LARGEST: u64 = 64_000_000;

/// A page from a file.
pub struct PageFile {
    /// As it was named.
    pub name: String,
    /// The octets.
    pub body: Vec<u8>,
    /// By the file's ending; HTML where it looks like HTML.
    pub media_type: &'static str,
    /// From `Service/Terms type.md`, or the caller's word.
    pub terms_type: String,
    /// From the directory's name, where the file's name is a terms type.
    pub service: Option<String>,
}

impl PageFile {
    /// Reads a file.
    ///
    /// # Errors
    /// The file does not exist or cannot be read.
    pub fn open(path: &Path, terms_type: Option<&str>) -> Result<Self, Failure> {
        let body = octets(path)?;
        if is_binary(&body) {
            let what = "is neither text nor a PDF file; pages are HTML, Markdown, text or PDF";
            return Err(Failure::Data(format!("{}: {what}", path.display())));
        }
        let media_type = media_type(path, &body);
        let (service, named) = named(path);
        let terms_type = terms_type.map(str::to_owned).or(named.clone()).unwrap_or_else(|| "Privacy Policy".to_owned());
        Ok(Self {
            name: path.display().to_string(),
            body,
            media_type,
            terms_type,
            service: service.filter(|_| named.is_some()),
        })
    }

    /// What the page says.
    ///
    /// # Errors
    /// The file is a PDF that gives no text.
    pub fn reading(&self) -> Result<Reading, Failure> {
        let read = capture_text::read(&self.body, self.media_type, None, &self.settings());
        read.map_err(|error| Failure::Data(format!("{}: {error}", self.name)))
    }

    fn settings(&self) -> ReadingSettings {
        ReadingSettings {
            terms_type: self.terms_type.clone(),
            names: self.service.iter().cloned().collect(),
            ..ReadingSettings::default()
        }
    }
}

/// The octets of a file, or of the standard input where its name is `-`; bounded, and never from what has no end.
///
/// # Errors
/// It cannot be read, has no end, or is larger than any page.
pub(crate) fn octets(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| Failure::of_file(path, &error);
    let mut body = Vec::new();
    if path.as_os_str() == "-" {
        std::io::stdin().lock().take(LARGEST + 1).read_to_end(&mut body).map_err(failed)?;
    } else {
        let about = std::fs::metadata(path).map_err(failed)?;
        // A pipe that nobody writes would be waited for, a device read without end. What a shell hands over is open.
        let handed = path.starts_with("/dev/fd") || path.starts_with("/dev/stdin") || path.starts_with("/proc/self/fd");
        if !about.is_file() && !about.is_dir() && !handed {
            return Err(Failure::Io(format!("{}: is no file; `-` reads the standard input", path.display())));
        }
        std::fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut body)).map_err(failed)?;
    }
    if body.len() as u64 > LARGEST {
        let most = LARGEST / 1_000_000;
        return Err(Failure::Data(format!("{}: more than {most} MB; no page is as large", path.display())));
    }
    Ok(body)
}

/// Whether octets are neither text nor PDF: text has no NUL but in UTF-16 and UTF-32, whose mark or zeros in turn show it.
fn is_binary(body: &[u8]) -> bool {
    let start = &body[..body.len().min(8192)];
    let marked = start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]);
    start.contains(&0) && !marked && !capture_text::is_pdf(body)
}

/// Service and terms type of a name in the form `Service/Terms type.md`, its ` #document` part left out.
fn named(path: &Path) -> (Option<String>, Option<String>) {
    let part = |part: Option<&std::ffi::OsStr>| part.map(|name| name.to_string_lossy().into_owned());
    let stem = part(path.file_stem()).unwrap_or_default();
    let stem = stem.split(" #").next().unwrap_or_default().to_owned();
    let is_type = stem.chars().next().is_some_and(char::is_uppercase)
        && [
            "Guidelines",
            "Policy",
            "Terms",
            "Statement",
            "Notice",
            "Agreement",
            "Requests",
            "Service",
            "Report",
            "Guide",
        ]
        .iter()
        .any(|word| stem.contains(word));
    (part(path.parent().and_then(Path::file_name)), is_type.then_some(stem))
}

/// The media type by the file's ending; a PDF file is known by its first octets.
fn media_type(path: &Path, body: &[u8]) -> &'static str {
    if capture_text::is_pdf(body) {
        return capture_text::PDF;
    }
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    match ending.as_str() {
        "html" | "htm" => "text/html",
        "xhtml" | "xht" => "application/xhtml+xml",
        "xml" if markup::is_xhtml(body) => "application/xhtml+xml",
        "md" | "markdown" => "text/markdown",
        "txt" => "text/plain",
        "pdf" => capture_text::PDF,
        _ => {
            let start = String::from_utf8_lossy(&body[..body.len().min(1024)]).to_lowercase();
            if start.contains("<html") || start.contains("<!doctype") { "text/html" } else { "text/plain" }
        }
    }
}
