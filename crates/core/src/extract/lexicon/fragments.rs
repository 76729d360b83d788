//! Parts that many patterns share: users, notify verbs, demands, disclosures.
//!
//! Knows only how they are spelled; what they mean together stands in the tables beside this file.

/// Names and their patterns; a pattern may use those that stand before it. All are for plain text: lower case, ASCII.
const FRAGMENTS: &[(&str, &str)] = &[
    // Who is told (docs/RULES.md 1.4, object side). One free word may stand before the noun: a brand, "premium",
    // "business".
    (
        "noun",
        r"(?:user|member|customer|subscriber|client|consumer|owner|holder|accountholder|person|individual|people|data subject|guest|host|rider|driver|creator|contributor|editor|author|merchant|seller|buyer|player|participant|patron|resident|employee|administrator|admin|donor|patron|reader|listener|viewer|applicant|candidate|tenant|patient|speaker|poster|uploader|gamer|traveller|traveler|passenger|borrower|citizen|registrant|licensee|artist|musician|sender|caller|voter|household|backer|trader|investor|depositor|cardholder|policyholder|organi[sz]er|attendee|commenter|reviewer|parent|guardian|researcher|athlete|publisher|advertiser|shopper|streamer|journalist|professor|defendant|accused|webmaster|operator|visitor|originator|volunteer|pupil|alumn(?:us|i)|staff member|snapchatter|pinner|redditor|blogger|tutor|worker|learner|student|target|part(?:y|ies) (?:concerned|affected|involved)|subject|account)",
    ),
    (
        "det",
        r"(?:(?:the|any|an?|all|each|every|our|your|that|those|its|their|his|such|affected|relevant|impacted|concerned|targeted|target|implicated|applicable|involved|individual|respective|end|account|registered|underlying|actual|appropriate|corresponding|particular|specific|current|former|both|whose|user|customer|business|team|paid|enterprise|organization|organisation|domain|workspace|\d+|any such|either) )*",
    ),
    (
        "users",
        r"(?:[a-z0-9&.-]+(?:'s)? )?{noun}(?:s|\(s\)|/(?:customer|user|member|subscriber)s?)?(?:'s?)?(?: (?:concerned|affected|in question|involved|at issue|targeted|at stake|identified))?",
    ),
    (
        "user",
        r"(?:you\b|{det}{users}\b|(?:people|those|anyone|persons|individuals|everyone|whoever|the ones?|the affected) (?:who (?:use|have|is|are)|whose|affected|concerned|involved)|the affected\b|him or her\b|them\b|the persons?\b)",
    ),
    // Telling.
    ("notify", r"(?:notif(?:y|ies|ied|ying))"),
    (
        "tell",
        r"(?:{notify}|inform(?:s|ed|ing)?|tell(?:s|ing)?|told|alert(?:s|ed|ing)?|advis(?:e|es|ed|ing)|warn(?:s|ed|ing)?|appris(?:e|es|ed|ing)|intimat(?:e|es|ed|ing)|e-?mail(?:s|ed|ing)?|contact(?:s|ed|ing)?|writ(?:e|es|ing) to|wrote to|get(?:s|ting)? in touch with|reach(?:es|ing)? out to)",
    ),
    (
        "told",
        r"(?:notified|informed|told|alerted|advised|warned|apprised|made aware|contacted(?: first| before| about| when| if| unless| whenever| and|[.,;]|$)|put on notice|let know|written to|e-?mailed|tipped off|kept informed|intimated|kept in the dark|brought to (?:your|his|her|their) (?:attention|notice|knowledge)|given (?:\w+ )?(?:notice|notification|warning)|provided (?:with )?(?:\w+ )?(?:notice|notification))",
    ),
    (
        "give",
        r"(?:giv(?:e|es|ing|en)|gave|provid(?:e|es|ed|ing)|send(?:s|ing)?|sent|receiv(?:e|es|ed|ing)|get(?:s|ting)?|issu(?:e|es|ing)|deliver(?:s|ing)?|offer(?:s|ing)?|furnish(?:es|ing)?|serv(?:e|es|ing)|supply(?:ing)?|mail(?:s|ed|ing)?|afford(?:s|ed|ing)?)",
    ),
    ("notice", r"(?:notices?|notifications?|intimations?|notification\(s\)|warning|heads[- ]up)"),
    (
        "kind",
        r"(?:(?:prior|advance|advanced|reasonable|written|prompt|timely|adequate|proper|such|any|delayed|further|electronic|immediate|subsequent|the|a|an|some|this|that|user|early|sufficient|due|individual|direct|formal|required|appropriate|additional|post-disclosure|days'?|days?|\d+|at least|\w+ days'?) ){0,4}",
    ),
    (
        "adverb",
        r"(?:(?:also|always|promptly|immediately|first|generally|normally|usually|typically|then|further|ordinarily|not|never|directly|either|personally|individually|automatically|at once|be|been|being|try to|attempt to|ever|still|only|otherwise|instead|therefore|thus|in turn|in advance|ourselves|necessarily|routinely|simply|accordingly|duly|all|both|as a rule|in general|in most cases|where possible|in writing|by e-?mail|beforehand|afterwards?|expressly|specifically|proactively|in no case|in no event|under no circumstances|on no account|no longer|actually|subsequently|merely|now) )*",
    ),
    (
        "modal",
        r"(?:will|shall|must|may|might|can|could|should|would|is|are|was|were|has|have|had|to|'ll|cannot|can't|won't|doesn't|don't|does|do|get|gets|being)",
    ),
    // Demands and disclosures.
    (
        "process",
        r"(?:subpoenas?|summons(?:es)?|(?:search |arrest |federal |valid |judicial )warrants?|warrant\b|court[- ](?:\w+ )?orders?|orders?|legal process(?:es)?|process|legal (?:\w+ )?(?:demands?|requests?|orders?|inquir(?:y|ies))|demands?|requests?|inquir(?:y|ies)|investigations?|national security letters?|nsls?|requirements?|compulsion|seizures?)",
    ),
    (
        "disclose",
        r"(?:disclos(?:e|es|ed|ing|ures?)|shar(?:e|es|ed|ing)|produc(?:e|es|ed|ing|tion)|provid(?:e|es|ed|ing) (?:\w+ ){0,4}(?:information|data|records|content|it)|releas(?:e|es|ed|ing)|transfer(?:s|red|ring)?|hand(?:s|ed|ing)?(?: \w+){0,3} over|turn(?:s|ed|ing)?(?: \w+){0,3} over|surrender(?:s|ed|ing)?|reveal(?:s|ed|ing)?|access(?:es|ed|ing)?|compl(?:y|ies|ied|ying|iance)|respon(?:d|ds|ded|ding|se)|giv(?:e|es|ing) (?:\w+ ){0,3}(?:information|data|access)|preserv(?:e|es|ed|ing|ation)|cooperat(?:e|es|ed|ing|ion)|divulg(?:e|es|ed|ing))",
    ),
    (
        "data",
        r"(?:information|data|records?|content|contents|account|communications?|details|identity|files?|pii|material)",
    ),
    (
        "agency",
        r"(?:law[- ]enforcement(?: \w+)?|police|prosecutors?|(?:the )?governments?|govern(?:ment|mental) (?:\w+ )?(?:agenc(?:y|ies)|authorit(?:y|ies)|entit(?:y|ies)|bod(?:y|ies)|officials?)|(?:public|competent|judicial|administrative|regulatory|state|local|national|federal|foreign|legal|investigative|relevant|supervisory|data protection|tax) (?:\w+ )?(?:authorit(?:y|ies)|agenc(?:y|ies)|bod(?:y|ies))|authorities|regulators?|officials?|officers?|(?:the|such|requesting|investigating|requiring) agenc(?:y|ies))",
    ),
    // Law and ban.
    (
        "law",
        r"(?:(?:applicable |local |relevant |the |any |governing |data protection |federal |state |prevailing )*(?:laws?|statutes?|regulations?|legislation|legal (?:process|requirements?|obligations?|restrictions?)|(?:court|judicial|legal|valid|lawful|such|other|gag) (?:\w+ )?orders?|orders?|act\b))",
    ),
    (
        "banned",
        r"(?:prohibit(?:ed|s|ing|ion|ions)?|forbid(?:den|s|ding)?|prevent(?:ed|s|ing)?|restrain(?:ed|s|ing)?|preclud(?:e|ed|es|ing)|barred|restrict(?:ed|s|ing)?|enjoined|disallow(?:ed|s)?|ban(?:ned|s)?)",
    ),
    (
        "allowed",
        r"(?:permit(?:ted|s|ting)?|permissible|allow(?:ed|s|ing)?|authori[sz]ed|lets?\b|lawful(?:ly)?|lawfully able|able)",
    ),
    ("gap", r"[^.;:]"),
];

/// A pattern with its fragments written out.
pub(super) fn expand(pattern: &str) -> String {
    FRAGMENTS.iter().rev().fold(pattern.to_owned(), |text, (name, fragment)| {
        let name = format!("{{{name}}}");
        if text.contains(&name) { text.replace(&name, fragment) } else { text }
    })
}
