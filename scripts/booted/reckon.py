"""Reckons what the daemon of check-booted says it told against the letters that came.

The input: `noticewatch history --json`. Arguments: the directory of the letters, then for each change that was made
"TARGET:DAYS". Every change is one finding, told once to each of two recipients, in a letter that came once.
"""

import collections
import email
import email.policy
import json
import pathlib
import sys

findings = [json.loads(line) for line in sys.stdin]
letters, texts, receivers, faults = collections.Counter(), {}, {}, []
for path in pathlib.Path(sys.argv[1]).glob("*.eml"):
    letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    letters[letter["Message-ID"].strip()] += 1
    receivers[letter["Message-ID"].strip()] = str(letter["To"])
    texts[letter["Message-ID"].strip()] = letter.get_body(("plain",)).get_content()
faults += [f"{name} came {count} times" for name, count in letters.items() if count > 1]
changes = [change.split(":") for change in sys.argv[2:]]
told = 0
for target, days in changes:
    mine = [one for one in findings if one["target"] == target and f"at least {days} days" in (one["after"] or "")]
    whom = collections.Counter(receivers.get(one["message_id"].strip()) for finding in mine for one in finding["told"])
    if len(mine) != 1 or sorted(whom.values()) != [1, 1]:
        faults.append(f"{target}, {days} days: {len(mine)} findings, told to {dict(whom)}")
    for one in (one for finding in mine for one in finding["told"]):
        told += 1
        text = texts.get(one["message_id"].strip(), "")
        if days not in text:
            faults.append(f"{target}, {days} days: no letter {one['message_id']} that says so")
others = len(findings) - len(changes)
if others:
    faults.append(f"{others} findings besides: " + ", ".join(f"{one['target']} {one['after']}" for one in findings))
fine = f"{len(changes)} changes, {told} tellings, each in one letter; {len(letters)} letters, none twice"
print("\n".join(faults) or fine)
sys.exit(bool(faults))
