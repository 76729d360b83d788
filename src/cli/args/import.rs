//! Arguments of `import`.

use std::path::PathBuf;

/// What to import.
#[derive(Clone, Debug, clap::Args)]
pub struct ImportArgs {
    /// A git repository, bare or not, or a bundle
    #[arg(value_name = "REPOSITORY")]
    pub repository: PathBuf,
    /// Only these branches [default: all]
    #[arg(long, value_name = "BRANCH")]
    pub branch: Vec<String>,
    /// A name for the archive [default: the repository's]
    #[arg(long, value_name = "LABEL")]
    pub source: Option<String>,
    /// Only services that match (`Tik*`)
    #[arg(long, value_name = "GLOB")]
    pub service: Vec<String>,
    /// Only terms types that match (`*Guidelines`)
    #[arg(long, value_name = "GLOB")]
    pub terms_type: Vec<String>,
    /// Show a document beside a target of targets.toml: `Service/Terms type=target-id`
    #[arg(long, value_name = "DOCUMENT=TARGET", value_parser = mapping)]
    pub map: Vec<(String, String)>,
    /// Only show what would come
    #[arg(long)]
    pub dry_run: bool,
}

fn mapping(text: &str) -> Result<(String, String), String> {
    let parts = text.rsplit_once('=').filter(|(document, _)| document.contains('/'));
    let (document, target) = parts.ok_or("expected `Service/Terms type=target-id`")?;
    Ok((document.trim().to_owned(), target.trim().to_owned()))
}
