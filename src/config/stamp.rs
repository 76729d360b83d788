//! `[stamp]`: who stamps the daily root. It opens no file and asks nobody.

use super::fields::Fields;
use url::Url;

/// An RFC 3161 time stamping authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StampAuthority {
    /// Its address.
    pub url: String,
    /// A file with its certificates (PEM), which is kept with each stamp.
    pub authority: Option<String>,
}

pub(crate) fn read(root: &mut Fields<'_>) -> Option<StampAuthority> {
    let mut fields = root.table("stamp")?;
    let url = fields.required("url", "https://tsa.example.org/tsr");
    let authority = fields.text("authority").map(|given| given.value);
    if let Some(given) = &url
        && !Url::parse(&given.value).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
    {
        let problem = format!("\"{}\" is no web address", given.value);
        fields.mistake(&given.place, problem, "write it whole, beginning with https:// or http://");
    }
    fields.finish();
    Some(StampAuthority { url: url?.value, authority })
}
