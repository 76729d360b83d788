//! What happens in the demo: five pages of three invented platforms, and what becomes of them in five weeks.

use jiff::{SignedDuration, Timestamp};

/// One thing that happens: after so many hours, the page at a path becomes another.
pub struct PageEdit {
    /// Hours after the beginning.
    pub after_h: i64,
    /// The path.
    pub path: &'static str,
    /// The status it is served with.
    pub status: u16,
    /// The page.
    pub page: &'static str,
    /// What a narrator would say.
    pub said: &'static str,
}

/// The beginning: a Monday.
pub const BEGINNING: Timestamp = Timestamp::constant(1_767_571_200, 0);
/// How long the demo watches.
pub const WATCHED: SignedDuration = SignedDuration::from_hours(5 * 7 * 24 + 12);

/// The pages of the first day, then what happens to them, in order.
pub const EVENTS: [PageEdit; 9] = [
    PageEdit {
        after_h: 0,
        path: "/lumenfeed/legal/requests",
        status: 200,
        page: include_str!("pages/lumenfeed-1.html"),
        said: "Lumenfeed's guidelines promise notice before disclosure",
    },
    PageEdit {
        after_h: 0,
        path: "/parcelbird/privacy",
        status: 200,
        page: include_str!("pages/parcelbird-1.html"),
        said: "Parcelbird's privacy policy promises an attempt at prior notice",
    },
    PageEdit {
        after_h: 0,
        path: "/quillhaven/law-enforcement",
        status: 200,
        page: include_str!("pages/quillhaven-1.html"),
        said: "Quillhaven's guidelines have a section on notice to account holders",
    },
    PageEdit {
        after_h: 0,
        path: "/quillhaven/privacy",
        status: 200,
        page: include_str!("pages/quillhaven-privacy.html"),
        said: "Quillhaven's privacy policy does not speak of notice",
    },
    PageEdit {
        after_h: 9 * 24 + 3,
        path: "/lumenfeed/legal/requests",
        status: 200,
        page: include_str!("pages/lumenfeed-2.html"),
        said: "Lumenfeed redesigns the whole page; the promise stays, word for word",
    },
    PageEdit {
        after_h: 15 * 24 + 2,
        path: "/parcelbird/privacy",
        status: 200,
        page: include_str!("pages/parcelbird-login.html"),
        said: "Parcelbird serves a login form in place of its policy",
    },
    PageEdit {
        after_h: 16 * 24 + 7,
        path: "/parcelbird/privacy",
        status: 200,
        page: include_str!("pages/parcelbird-1.html"),
        said: "Parcelbird's policy is back",
    },
    PageEdit {
        after_h: 18 * 24 + 5,
        path: "/lumenfeed/legal/requests",
        status: 200,
        page: include_str!("pages/lumenfeed-3.html"),
        said: "Lumenfeed changes one sentence: notice only where the law requires it",
    },
    PageEdit {
        after_h: 24 * 24 + 4,
        path: "/quillhaven/law-enforcement",
        status: 200,
        page: include_str!("pages/quillhaven-2.html"),
        said: "Quillhaven takes the section on notice out of its guidelines",
    },
];

/// The targets of the demo, at that port.
#[must_use]
pub fn targets(port: u16) -> String {
    let target = |id: &str, service: &str, terms_type: &str, path: &str, more: &str| {
        format!(
            "[[target]]\nid = \"{id}\"\nservice = \"{service}\"\nterms_type = \"{terms_type}\"\nurl = \"http://127.0.0.1:{port}{path}\"\nregion = \"US\"\nlanguage = \"en\"\n{more}\n"
        )
    };
    [
        target(
            "lumenfeed-law",
            "Lumenfeed",
            "Law Enforcement Guidelines",
            "/lumenfeed/legal/requests",
            "expect = \"promise\"\n",
        ),
        target("parcelbird-privacy", "Parcelbird", "Privacy Policy", "/parcelbird/privacy", "expect = \"promise\"\n"),
        target(
            "quillhaven-law",
            "Quillhaven",
            "Law Enforcement Guidelines",
            "/quillhaven/law-enforcement",
            "expect = \"promise\"\n",
        ),
        target("quillhaven-privacy", "Quillhaven", "Privacy Policy", "/quillhaven/privacy", ""),
    ]
    .concat()
}

/// The settings of the demo: the daemon's own, with a mail server on loopback.
#[must_use]
pub fn settings(site: u16, mail: u16) -> String {
    format!(
        "contact = \"demo@noticewatch.invalid\"\n\n[fetch]\nallow = [\"127.0.0.1:{site}\"]\n\n[mail]\nfrom = \"noticewatch <demo@noticewatch.invalid>\"\n\n[mail.smtp]\nhost = \"127.0.0.1\"\nport = {mail}\ntls = \"none\"\n\n[[subscription]]\nname = \"demo\"\nrecipients = [\"reader@noticewatch.invalid\"]\n"
    )
}
