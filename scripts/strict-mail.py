#!/usr/bin/env python3
"""Parses mails as strictly as Python's email package can, and holds what any server and client may rely on.

Usage: scripts/strict-mail.py GOLDEN_DIRECTORY FILE.eml...
Each FILE.eml is compared with FILE.subject, FILE.txt and FILE.html in the golden directory.
"""

import email
import email.policy
import pathlib
import re
import sys
import unicodedata

STRICT = email.policy.SMTP.clone(raise_on_defect=True)


def faults(path: pathlib.Path, golden: pathlib.Path):
    octets = path.read_bytes()
    if not octets.isascii():
        yield "not seven bits"
    if re.search(rb"\r(?!\n)|(?<!\r)\n|\0", octets):
        yield "a bare CR or LF, or NUL"
    if any(len(line) > 998 for line in octets.split(b"\r\n")):
        yield "a line over 998 octets (RFC 5322 2.1.1)"
    head = octets.split(b"\r\n\r\n", 1)[0]
    for line in head.split(b"\r\n"):
        if len(line) > 78 and b" " in line.strip()[20:]:
            yield f"a header line of {len(line)} octets that could be folded: {line!r}"
    mail = email.message_from_bytes(octets, policy=STRICT)
    names = [name.lower() for name in mail.keys()]
    for once in ("from", "to", "subject", "date", "message-id", "mime-version", "content-type"):
        if names.count(once) != 1:
            yield f"{names.count(once)} headers {once}"
    for name, value in mail.items():
        text = str(value)
        wrong = [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn") and c not in "\u200c\u200d"]
        if wrong:
            yield f"{name}: {wrong!r} in {text!r}"
        if getattr(value, "defects", ()):
            yield f"{name}: {value.defects}"
    if mail.get_content_type() != "multipart/alternative":
        yield f"is {mail.get_content_type()}"
    parts = list(mail.iter_parts())
    if [part.get_content_type() for part in parts] != ["text/plain", "text/html"]:
        yield f"holds {[part.get_content_type() for part in parts]}"
    for part in mail.walk():
        if part.defects:
            yield f"{part.get_content_type()}: {part.defects}"
    for part, ending in zip(parts, ("txt", "html")):
        if part["Content-Transfer-Encoding"] != "quoted-printable" or part.get_content_charset() != "utf-8":
            yield f"{ending}: {part['Content-Transfer-Encoding']}, {part.get_content_charset()}"
        wanted = (golden / f"{path.stem}.{ending}").read_text(encoding="utf-8")
        if part.get_content().replace("\r\n", "\n").rstrip() != wanted.rstrip():
            yield f"the {ending} part is not {path.stem}.{ending}"
    wanted = (golden / f"{path.stem}.subject").read_text(encoding="utf-8").rstrip("\n")
    if mail["Subject"] != wanted:
        yield f"the subject is {mail['Subject']!r}, not {wanted!r}"


def main():
    golden, files = pathlib.Path(sys.argv[1]), [pathlib.Path(name) for name in sys.argv[2:]]
    found = 0
    for path in files:
        try:
            wrong = list(faults(path, golden))
        except (email.errors.MessageError, UnicodeError, LookupError, ValueError) as error:
            wrong = [f"cannot be parsed: {error!r}"]
        for fault in wrong:
            found += 1
            print(f"{path.name}: {fault}")
    print(f"strict-mail: {len(files)} letters parsed, {found} faults")
    sys.exit(1 if found or not files else 0)


main()
