//! Arguments of `add`.

/// What is to be added.
#[derive(Clone, Debug, clap::Args)]
pub struct AddArgs {
    /// The page's address
    pub(crate) url: String,
    /// Append the entry without asking
    #[arg(long)]
    pub(crate) yes: bool,
    /// The id [default: from service and terms type]
    #[arg(long, value_name = "SLUG")]
    pub(crate) id: Option<String>,
    /// The service [default: as other targets of the site call it, else from the title]
    #[arg(long, value_name = "NAME")]
    pub(crate) service: Option<String>,
    /// The terms type [default: by title and address]
    #[arg(long = "as", value_name = "TYPE")]
    pub(crate) terms_type: Option<String>,
    /// Whom the page speaks to [default: the file's]
    #[arg(long)]
    pub(crate) region: Option<String>,
    /// The page's language, also asked for [default: as found]
    #[arg(long, value_name = "TAG")]
    pub(crate) language: Option<String>,
    /// A cron line [default: that of all; daily where no promise was found]
    #[arg(long, value_name = "CRON")]
    pub(crate) schedule: Option<String>,
    /// Why it is watched, one line for the board
    #[arg(long, value_name = "TEXT")]
    pub(crate) why: Option<String>,
}
