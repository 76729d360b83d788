//! Figures in Prometheus's text format, for the textfile collector of `node_exporter`.
//!
//! Knows names, labels and numbers; nothing of what they count. The file is the old one or the new one at any moment.

use prometheus::{CounterVec, Encoder, GaugeVec, Opts, Registry, TextEncoder};
use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// How a figure behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricKind {
    /// It goes up and down.
    Gauge,
    /// It only grows.
    Counter,
}

/// Figures of one name.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricFamily {
    /// Its name, with its unit last.
    pub name: &'static str,
    /// What it says, in a sentence.
    pub help: &'static str,
    /// How it behaves.
    pub kind: MetricKind,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// For each set of labels a number.
    pub samples: Vec<(Vec<String>, f64)>,
}

/// Why figures could not be written.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// The system refused.
    #[error("the figures cannot be written to {}: {source}; name a file in a directory that this user may write to", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A name or label that Prometheus does not take.
    #[error("a figure cannot be written: {0}")]
    Format(#[from] prometheus::Error),
}

/// The figures as text.
///
/// # Errors
/// A name or label is none that Prometheus takes.
pub fn text(families: &[MetricFamily]) -> Result<Vec<u8>, MetricsError> {
    let registry = Registry::new();
    for family in families {
        let opts = Opts::new(family.name, family.help);
        match family.kind {
            MetricKind::Gauge => {
                let gauge = GaugeVec::new(opts, family.labels)?;
                for (labels, value) in &family.samples {
                    gauge.get_metric_with_label_values(labels)?.set(*value);
                }
                registry.register(Box::new(gauge))?;
            }
            MetricKind::Counter => {
                let counter = CounterVec::new(opts, family.labels)?;
                for (labels, value) in &family.samples {
                    counter.get_metric_with_label_values(labels)?.inc_by(*value);
                }
                registry.register(Box::new(counter))?;
            }
        }
    }
    let mut text = Vec::new();
    TextEncoder::new().encode(&registry.gather(), &mut text)?;
    Ok(text)
}

/// Puts the figures in the place of a file, readable for everyone.
///
/// # Errors
/// The system refuses.
pub fn write(path: &Path, families: &[MetricFamily]) -> Result<(), MetricsError> {
    let text = text(families)?;
    let failed = |source| MetricsError::Io { path: path.to_owned(), source };
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // The collector reads no file that ends otherwise.
    let mut file = tempfile::Builder::new().prefix(".").suffix(".new").tempfile_in(dir).map_err(failed)?;
    file.write_all(&text).map_err(failed)?;
    file.as_file().set_permissions(Permissions::from_mode(0o644)).map_err(failed)?;
    file.persist(path).map(drop).map_err(|error| failed(error.error))
}
