//! Whose the files are: a store belongs to the user of its directory, and files of another one would stop that user.
//!
//! Knows nothing of what is in them.

use super::error::StoreError;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown};
use std::path::{Path, PathBuf};

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

/// Gives what root made in a backup to whom its directory belongs, user and group, so that a daemon can go on with it.
/// Where the system refuses, that one will say so.
pub(super) fn give_over(backup: &Path) {
    let Ok(whose) = fs::metadata(backup) else { return };
    let within = |dir: &Path| fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let top: Vec<PathBuf> = within(backup).collect();
    let deeper = top.iter().filter(|path| path.is_dir()).flat_map(|dir| within(dir));
    for path in top.iter().cloned().chain(deeper) {
        let Ok(about) = fs::symlink_metadata(&path) else { continue };
        if about.uid() == 0 && rustix::process::geteuid().is_root() {
            let _ = lchown(&path, Some(whose.uid()), Some(whose.gid()));
            // What the group may do in the directory it may do with what is in it.
            let mode = if about.is_dir() { 0o700 | whose.mode() & 0o2070 } else { 0o600 | whose.mode() & 0o060 };
            let _ = fs::set_permissions(&path, fs::Permissions::from_mode(mode));
        }
    }
}
