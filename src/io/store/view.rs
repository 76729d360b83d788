//! The view: ordered rows of keys and values that archive and journal lead to, in sled or in memory.
//!
//! Knows sled, not what rows mean. What a commit holds is applied whole or not at all, together with how far archive
//! and journal are in it, and with count and sum of all rows: sled can lose rows without a word (docs/FACTS.md 1.10),
//! so a view is believed only when they fit.

use super::archive::Reached;
use super::error::StoreError;
use super::journal::JournalEnd;
use super::visits::Last;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The key of [`Watermark`]; every other key is longer.
const WATERMARK: &[u8] = b"w";
const CACHE: u64 = 16 << 20;
/// sled keeps what was overwritten: 500 octets a visit were measured. Beyond this, and three times what the rows take,
/// the view is made anew.
const WASTE: u64 = 16 << 20;
/// Commits between two looks at how much it takes.
const COMMITS: u32 = 64;

/// Rows that a renewal writes at once.
const ROWS_AT_ONCE: usize = 4096;

/// A row.
pub(super) type Row = (Vec<u8>, Vec<u8>);

/// How far archive and journal are in the view, and what the rows come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Watermark {
    pub(super) archive: Reached,
    pub(super) journal: JournalEnd,
    /// Numbers given so far: visits lists, targets, outbox rows, decisions.
    pub(super) counts: [u64; 4],
    rows: u64,
    sum: u64,
}

/// Rows in sled or in memory, and rows that wait for the next commit.
#[derive(Debug)]
pub(super) struct View {
    base: ViewBase,
    pending: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(super) mark: Watermark,
    committed: Watermark,
    /// Octets of all rows.
    live: u64,
    committed_live: u64,
    /// Commits since the last look at how much it takes on the disk.
    commits: u32,
    /// The last list of visits of each target that was added to, so that the next visit need not read it again.
    tails: HashMap<u32, (Row, Last)>,
}

#[derive(Debug)]
enum ViewBase {
    Sled { db: sled::Db, path: PathBuf },
    Memory(BTreeMap<Vec<u8>, Vec<u8>>),
}

impl View {
    /// An empty view in memory.
    pub(super) fn memory() -> Self {
        Self::over(ViewBase::Memory(BTreeMap::new()))
    }

    /// The view in sled, where it can be believed; otherwise the sentence says why not.
    pub(super) fn open(path: &Path) -> Result<Self, String> {
        let db = catch_unwind(AssertUnwindSafe(|| open_sled(path)));
        let db = db.map_err(|_| "sled panicked while opening it".to_owned())?.map_err(|error| error.to_string())?;
        let mut view = Self::over(ViewBase::Sled { db, path: path.to_owned() });
        let audit = catch_unwind(AssertUnwindSafe(|| view.audit()));
        (view.mark, view.live) = audit.map_err(|_| "sled panicked while reading it".to_owned())??;
        (view.committed, view.committed_live) = (view.mark, view.live);
        Ok(view)
    }

    fn over(base: ViewBase) -> Self {
        let (mark, committed) = (Watermark::default(), Watermark::default());
        Self {
            base,
            pending: BTreeMap::new(),
            mark,
            committed,
            live: 0,
            committed_live: 0,
            commits: 0,
            tails: HashMap::new(),
        }
    }

    /// Whether it is time to look, and most of what it takes on the disk is of no use any more.
    pub(super) fn is_wasteful(&mut self) -> bool {
        let ViewBase::Sled { db, .. } = &self.base else { return false };
        if self.commits < COMMITS {
            return false;
        }
        self.commits = 0;
        db.size_on_disk().is_ok_and(|size| size > WASTE + 3 * self.live)
    }

    /// The same rows in a database that holds nothing else. It takes the place of the old one when it is whole: where
    /// this is interrupted, there is the old one, or none, and then the view is made from archive and journal.
    ///
    /// # Errors
    /// Where sled or the system refuses; then this view is given up.
    pub(super) fn renewed(self) -> Result<Self, StoreError> {
        let ViewBase::Sled { db, path } = self.base else { return Ok(self) };
        let renewed = catch_unwind(AssertUnwindSafe(|| renew(db, &path)));
        renewed
            .unwrap_or_else(|_| Err(StoreError::View { path, why: "sled panicked while it was made anew".to_owned() }))
    }

    /// The watermark and the octets of all rows, if count and sum of the rows fit it.
    fn audit(&self) -> Result<(Watermark, u64), String> {
        let ViewBase::Sled { db, .. } = &self.base else { return Ok((self.mark, self.live)) };
        let (mut mark, mut rows, mut sum, mut live) = (Watermark::default(), 0_u64, 0_u64, 0_u64);
        for row in db.iter() {
            let (key, value) = row.map_err(|error| error.to_string())?;
            live += (key.len() + value.len()) as u64;
            if key == WATERMARK {
                mark = serde_json::from_slice(&value).map_err(|error| error.to_string())?;
            } else {
                rows += 1;
                sum = sum.wrapping_add(weight(&key, &value));
            }
        }
        if rows != mark.rows || sum != mark.sum {
            return Err(format!("it holds {rows} rows, and they are not the {} that were written", mark.rows));
        }
        Ok((mark, live))
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        if let Some(value) = self.pending.get(key) {
            return Ok(Some(value.clone()));
        }
        match &self.base {
            ViewBase::Memory(rows) => Ok(rows.get(key).cloned()),
            ViewBase::Sled { db, path } => Ok(db.get(key).map_err(failed(path))?.map(|value| value.to_vec())),
        }
    }

    /// All rows whose keys begin so, in order.
    pub(super) fn scan(&self, prefix: &[u8]) -> Result<Vec<Row>, StoreError> {
        let mut rows: Vec<Row> = match &self.base {
            ViewBase::Memory(rows) => {
                within(rows, prefix, prefix).map(|(key, value)| (key.clone(), value.clone())).collect()
            }
            ViewBase::Sled { db, path } => {
                let rows = db.scan_prefix(prefix).map(|row| row.map(|(key, value)| (key.to_vec(), value.to_vec())));
                rows.collect::<Result<_, _>>().map_err(failed(path))?
            }
        };
        let waiting = within(&self.pending, prefix, prefix).map(|(key, value)| (key.clone(), value.clone()));
        let stored = rows.len();
        rows.extend(waiting);
        if rows.len() > stored {
            // The later of two rows with one key is the one that waits.
            rows = rows.into_iter().collect::<BTreeMap<_, _>>().into_iter().collect();
        }
        Ok(rows)
    }

    /// The rows whose keys begin so, from one key on, in order.
    pub(super) fn scan_from(&self, prefix: &[u8], from: &[u8]) -> Result<Vec<Row>, StoreError> {
        let mut rows: BTreeMap<Vec<u8>, Vec<u8>> = match &self.base {
            ViewBase::Memory(rows) => {
                within(rows, prefix, from).map(|(key, value)| (key.clone(), value.clone())).collect()
            }
            ViewBase::Sled { db, path } => {
                let rows = db.range(from..).map(|row| row.map(|(key, value)| (key.to_vec(), value.to_vec())));
                let within = |row: &sled::Result<Row>| row.as_ref().map_or(true, |(key, _)| key.starts_with(prefix));
                rows.take_while(within).collect::<Result<_, _>>().map_err(failed(path))?
            }
        };
        rows.extend(within(&self.pending, prefix, from).map(|(key, value)| (key.clone(), value.clone())));
        Ok(rows.into_iter().collect())
    }

    /// The last row whose key begins so.
    pub(super) fn last(&self, prefix: &[u8]) -> Result<Option<Row>, StoreError> {
        let stored = match &self.base {
            ViewBase::Memory(rows) => {
                within(rows, prefix, prefix).next_back().map(|(key, value)| (key.clone(), value.clone()))
            }
            ViewBase::Sled { db, path } => {
                let row = db.scan_prefix(prefix).next_back().transpose().map_err(failed(path))?;
                row.map(|(key, value)| (key.to_vec(), value.to_vec()))
            }
        };
        let waiting =
            within(&self.pending, prefix, prefix).next_back().map(|(key, value)| (key.clone(), value.clone()));
        Ok(match (stored, waiting) {
            (Some(stored), Some(waiting)) if stored.0 > waiting.0 => Some(stored),
            (stored, waiting) => waiting.or(stored),
        })
    }

    /// Sets a row; seen at once, kept by the next commit.
    pub(super) fn put(&mut self, key: Vec<u8>, value: Vec<u8>) -> Result<(), StoreError> {
        if let Some(old) = self.get(&key)? {
            self.mark.sum = self.mark.sum.wrapping_sub(weight(&key, &old));
            self.live = self.live.saturating_sub(old.len() as u64);
        } else {
            self.mark.rows += 1;
            self.live += key.len() as u64;
        }
        self.live += value.len() as u64;
        self.mark.sum = self.mark.sum.wrapping_add(weight(&key, &value));
        self.pending.insert(key, value);
        Ok(())
    }

    /// The next number of a kind.
    pub(super) fn next(&mut self, count: usize) -> u64 {
        self.mark.counts[count] += 1;
        self.mark.counts[count]
    }

    /// Takes out the list that was added to last under a number.
    pub(super) fn take_tail(&mut self, number: u32) -> Option<(Row, Last)> {
        self.tails.remove(&number)
    }

    /// Puts a list as a row, and keeps it at hand.
    pub(super) fn put_tail(&mut self, number: u32, row: Row, last: Last) -> Result<(), StoreError> {
        self.put(row.0.clone(), row.1.clone())?;
        self.tails.insert(number, (row, last));
        Ok(())
    }

    /// Rows that wait for the commit.
    pub(super) fn waiting(&self) -> usize {
        self.pending.len()
    }

    /// Forgets the rows that wait.
    pub(super) fn roll_back(&mut self) {
        self.pending.clear();
        self.tails.clear();
        (self.mark, self.live) = (self.committed, self.committed_live);
    }

    /// Keeps the rows that wait, with the watermark, in one step that survives the end of the process.
    pub(super) fn commit(&mut self) -> Result<(), StoreError> {
        match &mut self.base {
            ViewBase::Memory(rows) => rows.append(&mut self.pending),
            ViewBase::Sled { db, path } => {
                let mut batch = sled::Batch::default();
                for (key, value) in std::mem::take(&mut self.pending) {
                    batch.insert(key, value);
                }
                batch.insert(WATERMARK, serde_json::to_vec(&self.mark)?);
                db.apply_batch(batch).map_err(failed(path))?;
                db.flush().map_err(failed(path))?;
            }
        }
        (self.committed, self.committed_live) = (self.mark, self.live);
        self.commits = self.commits.saturating_add(1);
        Ok(())
    }
}

/// Copies all rows into a new database and puts that in the place of the old one.
fn renew(db: sled::Db, path: &Path) -> Result<View, StoreError> {
    let [next, old] = leftovers(path);
    remove_leftovers(path)?;
    let new = open_sled(&next).map_err(failed(&next))?;
    let mut batch = sled::Batch::default();
    for (count, row) in db.iter().enumerate() {
        let (key, value) = row.map_err(failed(path))?;
        batch.insert(key, value);
        if count % ROWS_AT_ONCE == 0 {
            new.apply_batch(std::mem::take(&mut batch)).map_err(failed(&next))?;
        }
    }
    new.apply_batch(batch).map_err(failed(&next))?;
    new.flush().map_err(failed(&next))?;
    drop((db, new));
    wait_for_release(path);
    wait_for_release(&next);
    std::fs::rename(path, &old).map_err(StoreError::io("move", path))?;
    std::fs::rename(&next, path).map_err(StoreError::io("move", &next))?;
    remove_leftovers(path)?;
    View::open(path).map_err(|why| StoreError::View { path: path.to_owned(), why })
}

/// Removes a database that nobody has open any more.
pub(super) fn remove(path: &Path) -> Result<(), StoreError> {
    wait_for_release(path);
    if path.exists() { std::fs::remove_dir_all(path).map_err(StoreError::io("remove", path)) } else { Ok(()) }
}

/// Where the next database is made, and where the old one lies until that has its place.
fn leftovers(path: &Path) -> [PathBuf; 2] {
    ["next", "old"].map(|name| path.with_extension(name))
}

/// Ends a renewal that was interrupted: the new database was whole when the old one was moved.
pub(super) fn finish_renewal(path: &Path) -> Result<(), StoreError> {
    let [next, old] = leftovers(path);
    if !path.exists() && old.exists() && next.exists() {
        std::fs::rename(&next, path).map_err(StoreError::io("move", &next))?;
    }
    remove_leftovers(path)
}

/// Removes what a renewal left.
fn remove_leftovers(path: &Path) -> Result<(), StoreError> {
    for left in leftovers(path).into_iter().filter(|left| left.exists()) {
        wait_for_release(&left);
        std::fs::remove_dir_all(&left).map_err(StoreError::io("remove", &left))?;
    }
    Ok(())
}

/// Moves a view that is not believed out of the way, in place of the one that was moved there before; returns where it
/// lies now.
pub(super) fn set_aside(path: &Path) -> Result<PathBuf, StoreError> {
    wait_for_release(path);
    let aside = path.with_extension("damaged");
    let gone = if aside.is_dir() { std::fs::remove_dir_all(&aside) } else { std::fs::remove_file(&aside) };
    match gone {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(StoreError::io("remove", &aside)(error)),
        _ => {}
    }
    std::fs::rename(path, &aside).map_err(StoreError::io("move", path))?;
    Ok(aside)
}

/// sled lets go of its lock a moment after the handle is dropped; our own lock says that nobody else has it.
fn open_sled(path: &Path) -> sled::Result<sled::Db> {
    let config = sled::Config::new().path(path).cache_capacity(CACHE);
    for _ in 0..200 {
        match config.open() {
            Err(sled::Error::Io(error)) if error.kind() == ErrorKind::WouldBlock || is_locked(&error) => {
                std::thread::sleep(Duration::from_millis(10));
            }
            opened => return opened,
        }
    }
    config.open()
}

/// sled wraps the refusal of its lock in an error of another kind.
fn is_locked(error: &std::io::Error) -> bool {
    error.to_string().contains("could not acquire lock")
}

/// Waits, for half a second at most, until the threads of a dropped database have let go of its files.
fn wait_for_release(path: &Path) {
    let Ok(file) = std::fs::File::open(path.join("db")) else { return };
    for _ in 0..50 {
        if file.try_lock().is_ok() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn failed(path: &Path) -> impl Fn(sled::Error) -> StoreError {
    let path = path.to_owned();
    move |error| StoreError::View { path: path.clone(), why: error.to_string() }
}

fn within<'a>(
    rows: &'a BTreeMap<Vec<u8>, Vec<u8>>,
    prefix: &[u8],
    from: &[u8],
) -> impl DoubleEndedIterator<Item = (&'a Vec<u8>, &'a Vec<u8>)> {
    let mut end = prefix.to_vec();
    while end.last() == Some(&0xff) {
        end.pop();
    }
    let end = match end.last_mut() {
        Some(last) => {
            *last += 1;
            std::ops::Bound::Excluded(end)
        }
        None => std::ops::Bound::Unbounded,
    };
    rows.range((std::ops::Bound::Included(from.to_vec()), end))
}

/// What a row adds to the sum of all.
fn weight(key: &[u8], value: &[u8]) -> u64 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(key);
    let key = sum.clone().finalize();
    sum.update(value);
    u64::from(key) << 32 | u64::from(sum.finalize())
}
