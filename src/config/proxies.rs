//! The operator's proxies, as the settings or the environment name them. Values only: nothing is connected to here.

use super::fields::Fields;
use serde::{Deserialize, Serialize};
use url::Url;

/// What goes through which proxy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proxies {
    /// The proxy for http addresses; empty: none.
    pub http: String,
    /// The proxy for https addresses; empty: none.
    pub https: String,
    /// What goes through none: names with all below them, addresses, networks, `*`; separated by commas.
    pub no: String,
}

/// The keys `proxy` and `no_proxy`; None: what the environment says holds.
pub(crate) fn read(fields: &mut Fields<'_>) -> Option<Proxies> {
    let given = fields.text("proxy");
    let place = fields.place_of("no_proxy");
    let no: Vec<String> = fields.texts("no_proxy").into_iter().map(|given| given.value).collect();
    let Some(given) = given else {
        if !no.is_empty() {
            fields.mistake(&place, "stands here without a proxy", "name one with proxy = \"http://host:port\"");
        }
        return None;
    };
    if given.value == "none" {
        return Some(Proxies::default());
    }
    if !Url::parse(&given.value).is_ok_and(|url| url.scheme() == "http" && url.has_host()) {
        let problem = "is no http proxy (its password, if any, is not shown)";
        fields.mistake(&given.place, problem, "write \"http://proxy.example.org:3128\", or \"none\"");
        return None;
    }
    Some(Proxies { http: given.value.clone(), https: given.value, no: no.join(",") })
}
