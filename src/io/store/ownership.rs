//! Whose the files are: a store belongs to the user of its directory, and files of another one would stop that user.
//!
//! Knows nothing of what is in them.

use super::error::StoreError;
use rustix::fs::OFlags;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::Path;

/// Makes a directory where there is none, for its owner alone: what is kept names recipients.
pub(super) fn make(dir: &Path) -> Result<(), StoreError> {
    let above = dir.parent().map_or(Ok(()), fs::create_dir_all);
    let made = above.and_then(|()| DirBuilder::new().recursive(true).mode(0o700).create(dir));
    made.map_err(StoreError::io("create", dir))
}

/// That the state directory belongs to the user who runs this. The command that is named otherwise can also read what
/// lies `beside`, such as a backup.
pub(super) fn owned(dir: &Path, beside: Option<&Path>) -> Result<(), StoreError> {
    let owner = fs::metadata(dir).map_err(StoreError::io("read", dir))?.uid();
    let own = rustix::process::geteuid().as_raw();
    if owner == own {
        return Ok(());
    }
    // A directory of a unit with a dynamic user lies where only root and that unit can go.
    let real = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    let unit = real.strip_prefix("/var/lib/private").ok().map(|name| name.display().to_string());
    let group = beside.and_then(group).map_or_else(String::new, |group| format!(" -p SupplementaryGroups={group}"));
    let command = unit.map_or_else(
        || format!("sudo -u '#{owner}'"),
        |name| format!("systemd-run --pipe --wait -p DynamicUser=yes -p User={name} -p StateDirectory={name}{group}"),
    );
    Err(StoreError::NotOurs { dir: dir.to_owned(), owner, own, command })
}

/// The group whose a directory is to read, where it is not everybody's.
fn group(dir: &Path) -> Option<u32> {
    let about = fs::metadata(dir).ok()?;
    (about.mode() & 0o005 != 0o005).then(|| about.gid()).filter(|group| *group != 0)
}

/// User, group and mode.
type Owner = (u32, u32, u32);

/// What a backup consists of, its archive's segments and the decisions that wait not named.
const PARTS: [&str; 6] = ["archive", "decisions", "journal.jsonl", "ends", "backup.json", "lock"];

/// Gives what root made in a backup to whom its directory belongs, user and group, so that a daemon can go on with it.
/// Where the system refuses, that one will say so.
pub(super) fn give_over(backup: &Path) {
    let Some(whose) = fs::metadata(backup).ok().filter(|_| is_root()) else { return };
    let whose = (whose.uid(), whose.gid(), whose.mode());
    for part in PARTS {
        give(&backup.join(part), whose);
    }
    for (place, ending) in [("archive", "nwa"), ("decisions", "json")] {
        let place = backup.join(place);
        let entries = fs::read_dir(&place).into_iter().flatten().flatten().map(|entry| entry.path());
        for path in entries.filter(|path| path.extension().is_some_and(|its| its == ending)) {
            give(&path, whose);
        }
    }
}

/// Gives one entry, opened so that no link leads elsewhere.
fn give(path: &Path, whose: Owner) {
    // A pipe of that name would stop the opening.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let Ok(entry) = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path) else { return };
    let Ok(about) = entry.metadata() else { return };
    // A file of several names may be another one's.
    let sure = about.is_dir() || about.is_file() && about.nlink() == 1;
    if let Some((user, group, mode)) = inherited(whose, about.uid(), about.is_dir()).filter(|_| sure) {
        let _ = fchown(&entry, Some(user), Some(group));
        let _ = entry.set_permissions(Permissions::from_mode(mode));
    }
}

/// What an entry gets from its directory, if root made it and the directory is another one's: what the group may do in
/// the directory it may do with what is in it.
fn inherited((user, group, mode): Owner, made_by: u32, is_dir: bool) -> Option<Owner> {
    let own = if is_dir { 0o700 | mode & 0o2070 } else { 0o600 | mode & 0o060 };
    (made_by == 0 && (user, group) != (0, 0)).then_some((user, group, own))
}

/// Gives a file to whom its directory belongs: root may look into a store before the user who runs the program there.
pub(super) fn belong(file: &File, path: &Path) {
    let dir = path.parent().and_then(|dir| fs::metadata(dir).ok());
    if let Some(dir) = dir.filter(|dir| is_root() && dir.uid() != 0) {
        let _ = fchown(file, Some(dir.uid()), Some(dir.gid()));
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_root_made_in_a_backup_belongs_to_whom_its_directory_belongs() {
        let of_a_group = (12345, 12346, 0o42770);
        assert_eq!(inherited(of_a_group, 0, false), Some((12345, 12346, 0o660)));
        assert_eq!(inherited(of_a_group, 0, true), Some((12345, 12346, 0o2770)));
        let of_one_user = (12345, 12346, 0o40700);
        assert_eq!(inherited(of_one_user, 0, false), Some((12345, 12346, 0o600)));
        assert_eq!(inherited(of_one_user, 0, true), Some((12345, 12346, 0o700)));
        let of_root_and_a_group = (0, 12346, 0o42770);
        assert_eq!(inherited(of_root_and_a_group, 0, false), Some((0, 12346, 0o660)));
        assert_eq!(inherited(of_a_group, 12345, false), None);
        assert_eq!(inherited((0, 0, 0o40755), 0, false), None);
    }
}
