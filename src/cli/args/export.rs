//! Arguments of `export`.

use std::path::PathBuf;

/// In which form.
#[derive(Debug, clap::Subcommand)]
pub enum ExportArgs {
    /// As a git repository in Open Terms Archive's layout: one commit for each version of a document
    #[command(
        after_help = "Example:\n  noticewatch export git /srv/versions.git && git -C /srv/versions.git push origin main"
    )]
    Git {
        /// The repository; made where there is none
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        /// The branch for what is watched; what was imported goes to branches named after its archive
        #[arg(long, value_name = "BRANCH", default_value = "main")]
        branch: String,
        /// Leave out what was imported
        #[arg(long)]
        watched: bool,
    },
}
