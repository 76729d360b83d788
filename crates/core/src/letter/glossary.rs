//! The canonical values of slots as a reader is told of them: `legal-floor` is "no more than the law demands".
//!
//! A table of words; a value that does not stand in it is told as it is, without hyphens.

use super::sanitize;
use crate::promise::Slot;

/// What a value means, in words; of a list, each part.
pub fn meaning(slot: Slot, value: &str) -> String {
    let value = sanitize::cut(value, 160);
    value.split(", ").map(|part| one(slot, part)).collect::<Vec<_>>().join("; ")
}

fn one(slot: Slot, value: &str) -> String {
    if let (Slot::LeadTime, Ok(days)) = (slot, value.parse::<u32>()) {
        return format!("{days} {}", if days == 1 { "day" } else { "days" });
    }
    let known = TABLE.iter().find(|(of, name, _)| *of == slot && *name == value);
    known.map_or_else(|| value.replace(['_', '-'], " "), |(.., words)| (*words).to_owned())
}

const TABLE: [(Slot, &str, &str); 43] = [
    (Slot::Strength, "firm", "a firm promise"),
    (Slot::Strength, "policy", "a policy"),
    (Slot::Strength, "effort", "an effort only"),
    (Slot::Strength, "may", "may, or may not"),
    (Slot::Strength, "legal-floor", "no more than the law demands"),
    (Slot::Strength, "reserved-no-notice", "the right not to tell"),
    (Slot::Strength, "refusal", "a refusal"),
    (Slot::Strength, "unread", "in words that no rule reads"),
    (Slot::Timing, "before", "before disclosure"),
    (Slot::Timing, "on-receipt", "when the demand arrives"),
    (Slot::Timing, "if-or-when-disclosing", "if or when data is disclosed"),
    (Slot::Timing, "after", "after disclosure"),
    (Slot::Decider, "court", "a court"),
    (Slot::Decider, "law", "the law"),
    (Slot::Decider, "company-belief", "what the company believes"),
    (Slot::Decider, "sole-discretion", "the company, as it sees fit"),
    (Slot::Decider, "agency", "the agency that asks"),
    (Slot::ClosedList, "closed", "all exceptions are named"),
    (Slot::ClosedList, "open", "there may be others"),
    (Slot::Burden, "court-order", "a court order"),
    (Slot::Burden, "officer-statement", "an officer's word"),
    (Slot::Burden, "supported-statement", "an officer's word with reasons"),
    (Slot::Contents, "copy", "a copy of the demand"),
    (Slot::Contents, "complete-copy", "a complete copy of the demand"),
    (Slot::Contents, "summary", "a summary of the demand"),
    (Slot::Object, "chance-to-object", "a chance to object"),
    (Slot::Object, "hold-production", "data is held while users object"),
    (Slot::Object, "no-chance", "perhaps no chance to object"),
    (Slot::Gag, "challenges", "they are challenged"),
    (Slot::Gag, "requires-duration", "an end date is asked for"),
    (Slot::Gag, "judicial-review", "a judge's review is asked for"),
    (Slot::Gag, "rejects-indefinite", "those without an end are not accepted"),
    (Slot::Delayed, "delayed-notice", "notice afterwards"),
    (Slot::Exceptions, "prohibited-by-law", "the law or an order forbids it"),
    (Slot::Exceptions, "prohibited-by-order", "a court's order forbids it"),
    (Slot::Exceptions, "believed-prohibited", "the company believes that it is forbidden"),
    (Slot::Exceptions, "counterproductive", "it would be counterproductive"),
    (Slot::Exceptions, "jeopardises-investigation", "it would jeopardise an investigation"),
    (Slot::Exceptions, "risk-of-harm", "it would put persons at risk"),
    (Slot::Exceptions, "feasibility", "it is not feasible"),
    (Slot::Exceptions, "discretion", "the company sees fit"),
    (Slot::Exceptions, "agency-request", "the agency asks for silence"),
    (Slot::Exceptions, "permitted-or-required", "only where permitted or required"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::lexicon::entries;

    /// A value that the lexicon renames would fall out of the table unseen.
    #[test]
    fn every_value_of_the_table_is_one_of_the_lexicon() {
        for (slot, value, _) in TABLE {
            assert!(entries().any(|entry| entry.value == value), "{slot:?} {value}");
        }
    }

    #[test]
    fn lists_and_days() {
        assert_eq!(meaning(Slot::LeadTime, "10"), "10 days");
        assert_eq!(
            meaning(Slot::Exceptions, "child-safety, prohibited-by-law"),
            "child safety; the law or an order forbids it"
        );
    }
}
