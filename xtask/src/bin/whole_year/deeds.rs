//! What befalls the daemon and its machine: stops, kills, sleeps, wrong clocks, other settings, damage.

use crate::Failure;
use crate::calendar::Dice;
use crate::daemon::Daemon;
use crate::life::{Life, idle};
use crate::plan::Deed;
use jiff::SignedDuration;
use std::path::{Path, PathBuf};

impl Life {
    /// One of these.
    ///
    /// # Errors
    /// The daemon does not take it.
    pub async fn befalls(&mut self, deed: Deed) -> Result<(), Failure> {
        self.note(&format!("{deed:?}"))?;
        let state = self.stage.dir.join("state");
        match deed {
            Deed::Stop(length) => {
                self.stop().await?;
                self.absent(length)?;
                self.start().await
            }
            Deed::Kill(length) => {
                if let Some(daemon) = self.daemon.take() {
                    self.kill(daemon, "kills at rest").await?;
                }
                self.absent(length)?;
                self.start().await
            }
            Deed::KillInPass(millis) => {
                self.in_pass = Some(millis);
                Ok(())
            }
            Deed::Suspend(length) => {
                self.count("suspends");
                self.absent(length)?;
                self.turn().await
            }
            Deed::Ahead(length) => self.ahead(length).await,
            Deed::Reload => {
                self.short_jitter = !self.short_jitter;
                self.stage.settings(if self.short_jitter { "10m" } else { "20m" })?;
                self.reload("reloads").await
            }
            Deed::BrokenReload => {
                self.stage.settings("as long as it takes")?;
                self.reload("broken reloads").await?;
                if !Daemon::status(&self.manager).contains("not taken") {
                    return Err(format!("broken settings are not named: {}", Daemon::status(&self.manager)).into());
                }
                self.stage.settings(if self.short_jitter { "10m" } else { "20m" })?;
                self.reload("reloads").await
            }
            Deed::Timer(length) => {
                self.stop().await?;
                self.timer(length).await?;
                self.start().await
            }
            Deed::ViewGone | Deed::ViewBit | Deed::ArchiveBit | Deed::Cold => {
                self.stop().await?;
                match deed {
                    Deed::ViewGone => std::fs::remove_dir_all(state.join("view"))?,
                    Deed::ViewBit => flip(&state.join("view"), &mut self.dice, false)?,
                    Deed::ArchiveBit => flip(&state.join("archive"), &mut self.dice, true)?,
                    _ => {
                        for name in ["readings.cache", "followed.cache"] {
                            let _ = std::fs::remove_file(state.join(name));
                        }
                    }
                }
                self.count(match deed {
                    Deed::ViewGone => "views removed",
                    Deed::ViewBit => "bits of views flipped",
                    Deed::ArchiveBit => "bits of archives flipped",
                    _ => "caches emptied",
                });
                self.absent(SignedDuration::from_mins(3))?;
                self.start().await
            }
        }
    }

    /// Nobody looks for so long.
    fn absent(&mut self, length: SignedDuration) -> Result<(), Failure> {
        let from = self.now;
        self.pass(length)?;
        self.away.push((from, self.now));
        Ok(())
    }

    /// The clock is wrong for an hour.
    async fn ahead(&mut self, length: SignedDuration) -> Result<(), Failure> {
        self.count("clocks ahead");
        self.ahead.push((self.now, self.now.checked_add(length)?));
        for minutes in [0, 11, 49] {
            self.pass(SignedDuration::from_mins(minutes))?;
            let mut daemon = self.daemon.take().ok_or("no daemon runs")?;
            daemon.beat(self.now.checked_add(length)?).await?;
            idle(&mut daemon, &mut self.manager, &self.stage).await?;
            self.daemon = Some(daemon);
        }
        self.turn().await
    }

    async fn reload(&mut self, what: &'static str) -> Result<(), Failure> {
        self.count(what);
        let daemon = self.daemon.as_mut().ok_or("no daemon runs")?;
        daemon.reload(&mut self.manager).await
    }
}

/// Flips a bit of a file below a directory; `old`: in the first half of the first of them.
fn flip(dir: &Path, dice: &mut Dice, old: bool) -> Result<(), Failure> {
    let entries: Vec<_> = std::fs::read_dir(dir)?.collect::<Result<_, _>>()?;
    let mut files: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    files.retain(|path| path.metadata().is_ok_and(|file| file.len() > 0));
    let Some(path) = files.get(if old { 0 } else { dice.index(files.len()) }) else { return Ok(()) };
    let mut octets = std::fs::read(path)?;
    let place = dice.index(if old { octets.len() / 2 } else { octets.len() });
    octets[place] ^= 1 << dice.below(8);
    Ok(std::fs::write(path, octets)?)
}
