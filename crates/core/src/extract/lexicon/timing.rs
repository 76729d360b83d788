//! When users are told, of which demands, and which users (docs/RULES.md 3.3 to 3.5).
//!
//! Knows phrases of the promise itself; the words of exceptions are taken away before these are looked for.

use crate::promise::values;

super::entry::table! { TABLE:
    Timing, "before" = values::BEFORE, "before data is handed over", "docs/RULES.md 3.3", r"\b(?:prior to|before|in advance of|ahead of|until after|not [^.;]{0,60} until)\b[^.;]{0,50}?(?:disclos|produc|respon|compl|releas|turn|provid|hand|shar|reveal|divulg|pass|suppl|furnish|send|doing so|do so|acting|surrender|giv|deliver|access|transfer|we do|(?:it|they|anything) (?:is|are) |leav|answer)|\b(?:prior|advance|advanced) (?:\w+ )?(?:notice|notification|warning)|\b(?:first|beforehand|in advance)\b[^.;]{0,40}(?:notif|inform|tell|notice)|\b(?:notif\w+|inform|tell|notice)\b[^.;]{0,60}\b(?:first|beforehand|in advance)\b|\b(?:prior to|before|in advance of) (?:any |such |the |making (?:\w+ )?)?(?:disclosure|production|compliance|release)|\bnotice [^.;]{0,40}to (?:object|allow)|\b(?:hear|hears|know|knows|told|learn|learns)\b[^.;]{0,60}\bbeforehand\b|\bafter (?:you|the (?:user|subscriber|customer))(?: have| has)? been (?:provided|given|notified)",
        ["prior to disclosure", "before producing their information", "Zoom will first notify you", "provide you with prior notice", "notify users in advance"], ["before you register"];
    Timing, "on-receipt" = values::ON_RECEIPT, "when the demand arrives", "docs/RULES.md 3.3", r"\b(?:upon|on|after|following|promptly (?:after|upon|on)) (?:our |its |the )?(?:receipt|receiving)\b|\b(?:when|whenever|if|as soon as|once|where|in the event|should) (?:that )?(?:we|it|[a-z]+) (?:\w+ )?(?:receives?|gets?|(?:is|are) (?:served|presented)|have received|has received)\b|\bas soon as (?:one|it|any|they|such \w+) (?:arrives?|comes?|reaches)\b|\bof (?:its |our |the )?receipt of\b|\breceived\b[^.;]{0,40}\bnotif",
        ["upon receipt of a subpoena", "when we receive legal process"], ["receive a prize"];
    Timing, "after" = values::AFTER, "after data was handed over", "docs/RULES.md 3.3", r"\b(?:after|following|subsequent to|once) (?:we |it |the |any |such |having |our )*(?:have |has |had )?(?:\w+ )?(?:disclos|compl(?:ied|y|iance)|produc|provid|respond|releas|shar|reveal|divulg)\w*|\bhave (?:received and )?(?:complied|disclosed|produced|provided|released|shared)\b|\bwe (?:disclosed|complied|produced|provided)\b",
        ["that we have received and complied with this order", "after we have disclosed your data"], ["after you register"];
    Timing, "if-or-when" = values::IF_OR_WHEN_DISCLOSING, "if or when data is handed over", "docs/RULES.md 3.3", r"\b(?:if|when|whenever|where|in the event|should|any time|as) (?:that )?(?:we|it|[b-z][a-z]+|our) (?:\w+ ){0,3}?(?:disclos(?:es?|ing|ed)|shares?|releases?|produces?|provides?|hands?|turns?|compl(?:y|ies)|transfers?|respond|reveals?|divulges?)\b",
        ["if we disclose their data", "when we share your data"], ["if prices change"];

    Trigger, "t-legal" = values::LEGAL_PROCESS, "legal process or demands in general", "docs/RULES.md 3.4", r"\blegal(?:ly)? (?:binding |compelled |valid |or regulatory )?(?:\w+ )?(?:process(?:es)?|requests?|demands?|orders?|inquir(?:y|ies)|procedures?|compulsion|proceedings?|obligations?)\b|\b(?:valid|lawful|compulsory) (?:process|requests?|orders?)|\b(?:required|compelled|obliged|obligated)\b[^.;]{0,40} to (?:\w+ )?(?:disclose|provide|produce|release|share|comply|turn)|\blegally (?:compelled|required)|\bcompelled",
        ["legal process", "compelled to comply"], ["the law"];
    Trigger, "t-government" = values::GOVERNMENT, "governments and authorities", "docs/RULES.md 3.4", r"\blaw[- ]enforcement\b|\bgovernment(?:s|al|'s)?\b|\b(?:public|competent|state|judicial|administrative|regulatory|national|relevant|foreign) (?:\w+ )?(?:authorit(?:y|ies)|agenc(?:y|ies)|bod(?:y|ies))|\bauthorities\b|\bpolice\b|\bregulators?\b",
        ["government requests", "law enforcement"], ["users"];
    Trigger, "t-us" = values::US_LEGAL_PROCESS, "process of the United States", "docs/RULES.md 3.4", r"\b(?:u_s[_.]?|us|united states) (?:legal process|law enforcement|court|government|authorit|process|federal|search warrant)",
        ["U.S. legal process"], ["contact us legal"];
    Trigger, "t-civil" = values::CIVIL, "civil litigants, third parties", "docs/RULES.md 3.4", r"\bcivil (?:\w+ )?(?:litigants?|litigation|subpoenas?|orders?|process|requests?|cases?|matters?|discovery|actions?|proceedings?|part)|\bcivil investigative|\b(?:private|third)[- ]part(?:y|ies)'?s?'? (?:\w+ )?(?:legal|requests?|demands?|subpoenas?|orders?|process|information)|\blitigants?\b|\bnon-government",
        ["civil litigants", "a third party's legal demand"], ["civil rights"];
    Trigger, "t-formal" = values::FORMAL, "formal requests", "docs/RULES.md 3.4", r"\b(?:formal|official) (?:\w+ )?(?:requests?|process|demands?)", ["formal requests"], ["information requests"];
    Trigger, "t-emergency" = values::EMERGENCY_REQUEST, "emergency requests", "docs/RULES.md 3.4", r"\bemergency (?:\w+ )?(?:disclosures?|requests?)\b", ["emergency disclosure requests"], ["an emergency"];
    Trigger, "t-preservation" = values::PRESERVATION, "preservation requests", "docs/RULES.md 3.4", r"\bpreservation\b|\bpreserv(?:e|ed|ing) (?:\w+ ){0,4}(?:data|information|records)", ["preservation requests"], ["reservation"];
    Trigger, "t-subpoena" = values::SUBPOENA, "subpoenas", "docs/RULES.md 3.4", r"\bsubpoenas?\b|\bsummons(?:es)?\b|\binvestigative demands?", ["subpoenas"], ["orders"];
    Trigger, "t-court-order" = values::COURT_ORDER, "court orders", "docs/RULES.md 3.4", r"\bcourt[- ](?:\w+ )?(?:orders?|decisions?|rulings?|process)\b|\b(?:lawful|judicial|administrative) (?:or \w+ )?orders?\b|\bjudicial procedures?|\bsuch orders?\b|\bthis order\b|\border of a\b", ["court orders"], ["in order to"];
    Trigger, "t-warrant" = values::WARRANT, "warrants", "docs/RULES.md 3.4", r"\b(?:search |valid |government |a |an |the |or |and |of |any |such |by |to |with )warrants?\b|\bwarrants?,", ["search warrant"], ["warranty"];
    Trigger, "t-nsl" = values::NSL, "national security letters", "docs/RULES.md 3.4", r"\bnational security (?:letters?|requests?|process)|\bnsls?\b", ["National Security Letters"], ["security letters"];
    Trigger, "t-other" = values::OTHER, "or anything like it", "docs/RULES.md 3.4", r"\bor (?:any )?(?:other|similar|equivalent) (?:\w+ )?(?:documents?|process|orders?|decisions?|demands?|legal|requests?|request|instruments?)|\band/or decisions?\b|\bdecisions? issued\b", ["court order or other document"], ["other users"];

    Reach, "r-email" = values::EMAIL_ADDRESS, "only where an e-mail address is known", "docs/RULES.md 3.5", r"\b(?:if|where|when|provided|and)\b[^.;]{0,30}\b(?:have|has|provided|supplied|associated|on file|includes?|contains?)\b[^.;]{0,40}\be-?mail (?:address|account)|\b(?:has|with|have) (?:an? )?(?:\w+ ){0,3}e-?mail address on file",
        ["and we have your email address"], ["send to their email address"];
    Reach, "r-contact" = values::CONTACT_DETAILS, "only where contact details are known", "docs/RULES.md 3.5", r"\b(?:if|where|when|provided)\b[^.;]{0,30}\b(?:have|has|possess|provided)\b[^.;]{0,30}\b(?:contact|postal|phone) (?:details|information|address)|\bif (?:we|it) (?:can|are able to|is able to) (?:contact|identify|reach)",
        ["If we have your contact details"], ["contact information"];
    Reach, "r-admin" = values::ADMINISTRATOR, "the administrator of a managed account", "docs/RULES.md 3.5", r"\b(?:organi[sz]ation|domain|workspace|team|enterprise|group) (?:administrator|admin|owner)s?\b[^.;]{0,40}|\baccount (?:administrator|admin)s?\b[^.;]{0,40}|\b(?:to|notify|inform|tell) (?:the |your |its |an )?(?:[\w']+ ){0,3}?(?:administrator|admin|organi[sz]ation|employer)s?\b",
        ["give notice to the account administrator"], ["organised crime"];
    Reach, "r-customer" = values::CUSTOMER, "business customers", "docs/RULES.md 3.5", r"\b(?:customers?|clients?|controller|data exporter)\b", ["notify Customer"], ["users"];
}
