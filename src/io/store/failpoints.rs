//! A disk that fails on purpose: so that tests can go through every write, sync, cut and renaming of the store.
//!
//! Knows steps and files, not what is in them. Outside tests there is no plan, and every step goes straight to the system.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What is to go wrong; by default nothing. Clones share one plan.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    plan: Option<Arc<Mutex<FaultPlan>>>,
}

#[derive(Debug)]
struct FaultPlan {
    /// Steps so far.
    steps: u64,
    /// The step that fails, from 1 on.
    at: u64,
    /// Whether all later ones fail too.
    for_good: bool,
    kind: io::ErrorKind,
    /// What each file that was touched would hold after a power cut; None: it would not be there.
    durable: BTreeMap<PathBuf, Option<Vec<u8>>>,
    /// Files that were renamed and whose directory was not synced since.
    renamed: Vec<PathBuf>,
}

impl Faults {
    /// The step of that number fails, from 1 on; 0: none does, and steps are counted.
    #[must_use]
    pub fn at(step: u64, for_good: bool, kind: io::ErrorKind) -> Self {
        let (durable, renamed) = (BTreeMap::new(), Vec::new());
        Self { plan: Some(Arc::new(Mutex::new(FaultPlan { steps: 0, at: step, for_good, kind, durable, renamed }))) }
    }

    /// How many steps there were.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.with(|plan| plan.steps).unwrap_or_default()
    }

    /// From now on nothing fails.
    pub fn end(&self) {
        self.with(|plan| plan.at = 0);
    }

    /// The power fails: of every file that was touched only what was synced is left, and of octets appended since that
    /// this many in a hundred.
    ///
    /// # Errors
    /// Where the system refuses.
    pub fn power_cut(&self, percent: usize) -> io::Result<()> {
        let durable = self.with(|plan| std::mem::take(&mut plan.durable)).unwrap_or_default();
        for (path, durable) in durable {
            let Some(mut durable) = durable else {
                if path.exists() {
                    fs::remove_file(&path)?;
                }
                continue;
            };
            let now = fs::read(&path).unwrap_or_default();
            if let Some(since) = now.strip_prefix(durable.as_slice()) {
                durable.extend_from_slice(&since[..since.len() * percent / 100]);
            }
            fs::write(&path, durable)?;
        }
        Ok(())
    }

    /// Writes octets at an offset. A failing write may have written half of them.
    pub(super) fn write(&self, file: &File, path: &Path, octets: &[u8], offset: u64) -> io::Result<()> {
        self.touch(path);
        if let Err(error) = self.step() {
            let _ = file.write_all_at(&octets[..octets.len() / 2], offset);
            return Err(error);
        }
        file.write_all_at(octets, offset)
    }

    /// Writes octets that lie in one sector: all of them or none.
    pub(super) fn write_sector(&self, file: &File, path: &Path, octets: &[u8]) -> io::Result<()> {
        self.touch(path);
        self.step()?;
        file.write_all_at(octets, 0)
    }

    /// Makes what was written durable.
    pub(super) fn sync(&self, file: &File, path: &Path) -> io::Result<()> {
        self.step()?;
        file.sync_data()?;
        self.with(|plan| plan.durable.insert(path.to_owned(), fs::read(path).ok()));
        Ok(())
    }

    /// Cuts a file off.
    pub(super) fn cut(&self, file: &File, path: &Path, length: u64) -> io::Result<()> {
        self.touch(path);
        self.step()?;
        file.set_len(length)
    }

    /// Puts one file in the place of another.
    pub(super) fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.touch(to);
        self.step()?;
        fs::rename(from, to)?;
        self.with(|plan| {
            plan.durable.remove(from);
            plan.renamed.push(to.to_owned());
        });
        Ok(())
    }

    /// Makes the entries of a directory durable.
    pub(super) fn sync_directory(&self, dir: &Path) -> io::Result<()> {
        self.step()?;
        File::open(dir)?.sync_all()?;
        self.with(|plan| {
            for path in std::mem::take(&mut plan.renamed) {
                plan.durable.insert(path.clone(), fs::read(path).ok());
            }
        });
        Ok(())
    }

    /// Counts a step; its fault, if it is the one.
    fn step(&self) -> io::Result<()> {
        let fault = self.with(|plan| {
            plan.steps += 1;
            let fails = plan.at > 0 && (plan.steps == plan.at || plan.for_good && plan.steps > plan.at);
            fails.then_some(plan.kind)
        });
        fault.flatten().map_or(Ok(()), |kind| Err(kind.into()))
    }

    /// Notes what a file holds before it is changed for the first time.
    fn touch(&self, path: &Path) {
        self.with(|plan| {
            plan.durable.entry(path.to_owned()).or_insert_with(|| fs::read(path).ok());
        });
    }

    fn with<T>(&self, on: impl FnOnce(&mut FaultPlan) -> T) -> Option<T> {
        self.plan.as_ref().map(|plan| on(&mut plan.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}
