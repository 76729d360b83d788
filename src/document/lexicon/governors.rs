//! Verbs of telling, and the words that govern them: modals, negations, efforts, policies.
//!
//! The last governor before a verb of telling says how firmly it is promised; `value` is the strength it stands for.

use super::values;

super::table! { TABLE:
    Telling, "v-verb" = "verb", "a verb of telling", "DOMAIN.md 4", r"\b(?:notif(?:y|ies|ied|ying)|inform(?:s|ed|ing)?|tell(?:s|ing)?|told|alert(?:s|ed|ing)?|advis(?:e|es|ed|ing)|warn(?:s|ed|ing)?|intimat(?:e|es|ed|ing)|appris(?:e|es|ed|ing))\b",
        ["we notify you", "users are told"], ["information"];
    Telling, "v-contact" = "verb", "a verb of turning to somebody", "DOMAIN.md 4", r"\b(?:contact(?:s|ed|ing)?|e-?mail(?:s|ed|ing)?|mail(?:s|ed|ing)?|writ(?:e|es|ing) to|reach(?:es|ing)?(?: out)?|get(?:s|ting)? in touch|drop(?:s|ping)?) (?:to |with )?(?:you|the|that|our|its|any|each|every|affected|customers?|users?|members?|subscribers?|them|such)\b",
        ["contact the customer", "reach you at the address"], ["contact details"];
    Telling, "v-give" = "verb", "gives notice, or a copy", "DOMAIN.md 4", r"\b(?:giv(?:e|es|en|ing)|provid(?:e|es|ed|ing)|send(?:s|ing)?|sent|serv(?:e|es|ed|ing)|deliver(?:s|ed)?|offer(?:s|ed|ing)?|furnish(?:es|ed)?|receiv(?:e|es)|gets?|issue[sd]?|afford(?:s|ed|ing)?) (?:[\w'()/-]+,? ){0,8}?(?:notices?|notifications?|warning|heads-up|cop(?:y|ies)|e-?mail|letter|message|postcard)\b",
        ["provide affected users with advance notice", "gets an email"], ["give information"];
    Telling, "v-know" = "verb", "lets know, makes aware, passes on", "DOMAIN.md 4", r"\b(?:let(?:s|ting)? (?:[\w'-]+ ){1,5}know|mak(?:e|es|ing) (?:[\w'-]+ ){1,5}aware|made aware|bring(?:s|ing)? (?:[\w'-]+ ){1,6}to (?:the |your |their )?(?:\w+ )?(?:attention|notice)|forward(?:s|ing)? (?:[\w'-]+ ){1,6}to|pass(?:es|ing)? (?:[\w'-]+ ){1,8}?(?:on |along )?to|hears? (?:about [\w ]{1,20} )?(?:directly )?from (?:us|it)|get(?:s|ting)? word to|tip(?:s|ped|ping)? (?:[\w'-]+ ){0,4}off|ask(?:s|ing)? the opinion)\b",
        ["let the user know", "made aware", "forward the subpoena to", "hears from us"], ["let you in"];
    Telling, "v-notice-given" = "verb", "a notice is given", "DOMAIN.md R6", r"\b(?:notice|notification|intimation)s? (?:[\w'()-]+ ){0,6}?(?:will|shall|must|may|might|can|is|are|was|were|has been|have been|would|should) (?:[\w'-]+ ){0,3}?(?:given|provided|sent|made|issued|delivered|furnished|forwarded)\b",
        ["notice shall be provided", "notice to the user will be given"], ["a notice board"];

    Governor, "v-will" = values::FIRM, "will, shall, must; is committed to", "DOMAIN.md 1.2", r"\b(?:will|shall|must|always)\b|'ll\b|\b(?:commit(?:s|ted)?|promis(?:e|es)|agrees?|undertakes?|pledges?|sure|certain) to\b|\b(?:is|are|be|has|have) (?:required|obliged|obligated|bound) to\b|\b(?:guarantees?|ensures?)\b|\b(?:has|have) to\b",
        ["we will", "are committed to"], ["willing"];
    Governor, "v-may" = values::MAY, "may, can, reserves the right to", "DOMAIN.md 1.2", r"\b(?:may|might|can|could)\b(?:, but (?:is|are) not (?:obliged|obligated|required) to)?(?: \(?but (?:is|are|need) not (?:\w+ ){0,2}(?:to)?\)?)?|\b(?:reserves?|retains?) (?:[\w'-]+ ){0,6}?right (?:[\w'-]+ ){0,4}?to\b|\bat (?:our|its) (?:sole |own )?(?:discretion|option)\b|\b(?:is|are) (?:free|entitled|permitted|allowed) to\b",
        ["we may", "reserves the right to", "may (but is not obligated to)"], ["maybe"];
    Governor, "v-effort" = values::EFFORT, "attempts, endeavours, makes efforts to", "DOMAIN.md 1.2", r"\b(?:attempt(?:s|ed|ing)?|try|tries|trying|tried|endeavou?rs?|seeks? to|aims? to|strives?|intends? to|hopes? to|expects? to|plans? to|intention (?:is )?to)\b|\b(?:efforts?|steps|measures|endeavou?rs|our best|its best|best)(?: [\w'-]+){0,4}? to\b|\b(?:reasonable|best|good[- ]faith|every) (?:\w+ )?(?:efforts?|endeavou?rs)\b|\bto the extent (?:it is |that is )?(?:commercially |reasonably )?(?:reasonable|practicable)\b|\bdo(?:es)? (?:what (?:we|it) can|(?:our|its) (?:utmost|best)) to\b",
        ["we attempt to", "reasonable efforts to", "make a reasonable effort to"], ["best wishes"];
    Governor, "v-policy" = values::POLICY, "it is the policy, or the practice, to", "DOMAIN.md 1.2", r"\b(?:policy|practice|policies|practices|procedure|rule)\b,? (?:[\w'-]+,? ){0,6}?(?:is|are|was|has been)(?: [\w'-]+){0,2}? (?:to|that)\b|\b(?:policy|practice|procedure)(?: of [a-z]+)? (?:to|that)\b(?: (?:we|it|[a-z]+) (?:will|shall)\b)?|\b(?:policy|practice) of\b|\bcommitment is to\b",
        ["our policy is to", "it is our practice to", "policy that we will"], ["privacy policy describes"];
    Governor, "v-not" = values::REFUSAL, "does not, cannot, is forbidden to", "DOMAIN.md 1.2", r"\b(?:is |are )?not (?:our|its|the) (?:\w+ )?(?:policy|practice)(?: [\w'-]+){0,3}? to\b|\bneither (?:[\w'-]+ ){1,8}?(?:will|shall|is|are|may|be)\b|\b(?:(?:will|shall|do|does|did|can|could|would|should|is|are|was|were|has|have|be) (?:\w+ ){0,2}?)?not\b(?: (?:be )?(?:able|possible|permitted|allowed|free|at liberty|in a position) to)?|\b(?:won't|don't|doesn't|cannot|can't|couldn't|isn't|aren't|never|neither|nor)\b|\b(?:unable|forbidden|powerless) to\b|\b(?:prohibited|prevented|barred|precluded|restrained|banned) (?:[\w'()-]+ ){0,10}?from\b|\b(?:in no case|in no event|under no circumstances|on no account)\b|\bno (?:prior |advance |such |further |user |customer )*$",
        ["we do not", "never", "is not our practice to"], ["note"];
    Governor, "v-reserved" = values::RESERVED, "need not, may refrain, is under no duty to", "DOMAIN.md 1.2", r"\b(?:no|not under any|without any) (?:\w+ )?(?:obligation|duty|commitment|guarantee)(?: [\w'-]+){0,3}? to\b|\bnot (?:\w+ )?(?:obliged|obligated|required|bound|committed) to\b|\bneed not\b|\b(?:do(?:es)? not|don't|doesn't|cannot|can't) (?:guarantee|promise|undertake|commit)\b(?: (?:to|that (?:we|it) will))?|\b(?:reserves?|retains?) (?:[\w'-]+,? ){0,8}?(?:not to|to not|to refrain from|to withhold|to decline to|to delay|to forgo)\b|\bmay (?:\w+ )?(?:not(?: always)?|choose not to|decide not to|elect not to|decline to|refrain from|withhold|forgo|be unable to|not be able to|be (?:prevented|prohibited|restricted|barred) from)\b|\bwould not (?:necessarily|normally|always|usually)\b|\bwaiv(?:e|es|ing)\b[^,.;]{0,60}",
        ["not obliged to", "may not", "do not promise to", "you waive any right to"], ["not a duty"];
    Governor, "v-without" = values::RESERVED, "without", "DOMAIN.md 1.2", r"\bwith(?:out| or without) (?:[\w'-]+ ){0,4}?$",
        ["release it without "], ["with you "];
}
