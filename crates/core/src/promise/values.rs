//! The canonical values of slots: the words in which commitments are compared, told and tested.
//!
//! Values of one slot are compared as strings; where an order is meant, [`strength_rank`], [`timing_rank`] and
//! [`decider_rank`] give it. Lists (`exceptions`, `trigger`, `gag` ...) are sorted and joined with `, `.

/// Strength 6: "we will notify".
pub const FIRM: &str = "firm";
/// Strength 5: "our policy is to notify".
pub const POLICY: &str = "policy";
/// Strength 4: "we will attempt to notify".
pub const EFFORT: &str = "effort";
/// Strength 2: "we may notify".
pub const MAY: &str = "may";
/// Strength 2: "where required by law, we will notify".
pub const LEGAL_FLOOR: &str = "legal-floor";
/// Strength -1: "with or without notice".
pub const RESERVED: &str = "reserved-no-notice";
/// Strength -2: "we will not give you notice".
pub const REFUSAL: &str = "refusal";

/// No place on the scale: a verb of telling stands under words that no rule knows.
pub const UNREAD: &str = "unread";

/// The place of a strength on the scale of docs/RULES.md 3.2; silence is 0.
#[must_use]
pub fn strength_rank(value: &str) -> i8 {
    match value {
        FIRM => 6,
        POLICY => 5,
        EFFORT => 4,
        MAY | LEGAL_FLOOR => 2,
        RESERVED => -1,
        REFUSAL => -2,
        _ => 0,
    }
}

/// Timing: before data is handed over.
pub const BEFORE: &str = "before";
/// Timing: when the demand arrives.
pub const ON_RECEIPT: &str = "on-receipt";
/// Timing: if or when data is handed over.
pub const IF_OR_WHEN_DISCLOSING: &str = "if-or-when-disclosing";
/// Timing: after data was handed over.
pub const AFTER: &str = "after";

/// The place of a timing in the order of docs/RULES.md 3.3; an unstated one stands between receipt and disclosure.
#[must_use]
pub fn timing_rank(value: Option<&str>) -> i8 {
    match value {
        Some(BEFORE) => 4,
        Some(ON_RECEIPT) => 3,
        Some(IF_OR_WHEN_DISCLOSING) => 1,
        Some(AFTER) => 0,
        _ => 2,
    }
}

/// Trigger: legal process, requests or demands in general.
pub const LEGAL_PROCESS: &str = "legal-process";
/// Trigger: governments, authorities, law enforcement.
pub const GOVERNMENT: &str = "government";
/// Trigger: legal process of the United States only.
pub const US_LEGAL_PROCESS: &str = "us-legal-process";
/// Trigger: civil litigants and other private parties.
pub const CIVIL: &str = "civil";
/// Trigger: formal requests only.
pub const FORMAL: &str = "formal";
/// Trigger: emergency requests too.
pub const EMERGENCY_REQUEST: &str = "emergency-request";
/// Trigger: preservation requests too.
pub const PRESERVATION: &str = "preservation";
/// Trigger: preservation requests are expressly left out.
pub const NO_PRESERVATION: &str = "no-preservation";
/// Trigger: subpoenas and summonses by name.
pub const SUBPOENA: &str = "subpoena";
/// Trigger: court orders by name.
pub const COURT_ORDER: &str = "court-order";
/// Trigger: warrants by name.
pub const WARRANT: &str = "warrant";
/// Trigger: national security letters by name.
pub const NSL: &str = "national-security-letter";
/// Trigger: "or other document".
pub const OTHER: &str = "other";

/// Reach: only users whose contact details are known.
pub const CONTACT_DETAILS: &str = "contact-details";
/// Reach: only users whose e-mail address is known.
pub const EMAIL_ADDRESS: &str = "email-address";
/// Reach: the administrator of a managed account instead of its user.
pub const ADMINISTRATOR: &str = "organisation-administrator";
/// Reach: business customers, not their users.
pub const CUSTOMER: &str = "customer";

/// Contents: a copy of the demand.
pub const COPY: &str = "copy";
/// Contents: a complete copy of the demand.
pub const COMPLETE_COPY: &str = "complete-copy";
/// Contents: a summary of the demand.
pub const SUMMARY: &str = "summary";

/// Object: users are told in time to object.
pub const CHANCE: &str = "chance-to-object";
/// Object: data is held while users object.
pub const HOLD: &str = "hold-production";
/// Object: users may have no chance to object.
pub const NO_CHANCE: &str = "no-chance";

/// Exception: the law, or an order, prohibits it ("where permitted" is the same, docs/RULES.md 4.4).
pub const PROHIBITED_BY_LAW: &str = "prohibited-by-law";
/// Exception: only an order of a court prohibits it.
pub const PROHIBITED_BY_ORDER: &str = "prohibited-by-order";
/// Exception: the company believes that it is prohibited (docs/RULES.md 4.5).
pub const BELIEVED_PROHIBITED: &str = "believed-prohibited";
/// Exception: emergencies, imminent harm.
pub const EMERGENCY: &str = "emergency";
/// Exception: child exploitation.
pub const CHILD_SAFETY: &str = "child-safety";
/// Exception: terrorism.
pub const TERRORISM: &str = "terrorism";
/// Exception: sale of lethal drugs.
pub const DRUGS: &str = "drugs";
/// Exception: notice would be counterproductive, futile, ineffective.
pub const COUNTERPRODUCTIVE: &str = "counterproductive";
/// Exception: notice would jeopardise an investigation.
pub const JEOPARDISES_INVESTIGATION: &str = "jeopardises-investigation";
/// Exception: notice would put persons at risk.
pub const RISK_OF_HARM: &str = "risk-of-harm";
/// Exception: the account is in other hands.
pub const ACCOUNT_COMPROMISED: &str = "account-compromised";
/// Exception: the address does not work.
pub const BAD_ADDRESS: &str = "bad-address";
/// Exception: the user broke law or terms.
pub const MISCONDUCT: &str = "misconduct";
/// Exception: fraud.
pub const FRAUD: &str = "fraud";
/// Exception: a claim of obstruction of justice.
pub const OBSTRUCTION: &str = "obstruction";
/// Exception: where feasible, possible, practicable.
pub const FEASIBILITY: &str = "feasibility";
/// Exception: where the company sees fit, or exceptional circumstances of its own finding.
pub const DISCRETION: &str = "discretion";
/// Exception: the agency asks for silence.
pub const AGENCY_REQUEST: &str = "agency-request";
/// Condition: where permitted or required (docs/RULES.md 4.5: not the same as unless prohibited).
pub const PERMITTED_OR_REQUIRED: &str = "permitted-or-required";

/// Decider: a court's order.
pub const COURT: &str = "court";
/// Decider: the law.
pub const LAW: &str = "law";
/// Decider: what the company believes.
pub const COMPANY_BELIEF: &str = "company-belief";
/// Decider: the company's discretion.
pub const SOLE_DISCRETION: &str = "sole-discretion";
/// Decider: the agency that asks.
pub const AGENCY: &str = "agency";

/// The order of docs/RULES.md 3.8: a higher rank is worse for the user.
#[must_use]
pub fn decider_rank(value: &str) -> i8 {
    match value {
        COURT => 1,
        LAW => 2,
        COMPANY_BELIEF => 3,
        SOLE_DISCRETION => 4,
        AGENCY => 5,
        _ => 0,
    }
}

/// Closed list: all exceptions are named.
pub const CLOSED: &str = "closed";
/// Closed list: "such as", "may include".
pub const OPEN: &str = "open";

/// Burden: an official must bring a court order.
pub const BURDEN_ORDER: &str = "court-order";
/// Burden: an official's word is enough.
pub const BURDEN_STATEMENT: &str = "officer-statement";
/// Burden: an official's word with reasons or papers.
pub const BURDEN_SUPPORTED: &str = "supported-statement";

/// Gag: challenges non-disclosure orders.
pub const CHALLENGES: &str = "challenges";
/// Gag: asks for an end date.
pub const REQUIRES_DURATION: &str = "requires-duration";
/// Gag: asks for judicial review.
pub const JUDICIAL_REVIEW: &str = "judicial-review";
/// Gag: does not accept indefinite orders.
pub const REJECTS_INDEFINITE: &str = "rejects-indefinite";

/// Delayed: notice follows once the obstacle has gone.
pub const DELAYED_NOTICE: &str = "delayed-notice";

/// Channel: e-mail.
pub const EMAIL: &str = "email";
/// Channel: inside the service.
pub const IN_APP: &str = "in-app";
/// Channel: a letter.
pub const MAIL: &str = "mail";
/// Channel: telephone.
pub const PHONE: &str = "phone";

/// Actor: the company tells.
pub const COMPANY: &str = "company";
/// Actor: the authorities must tell, not the company.
pub const AUTHORITIES: &str = "authorities";
