"""The town of check-booted: a web server and a mail server on loopback, ruled by files.

Arguments: DIR, the password. Pages are the files of DIR/pages. Letters that were taken are put into DIR/letters, one a
file, numbered as they came. Mail is taken only after AUTH PLAIN with the right name and password. DIR/mail, if it is
there, holds how it is to be otherwise: a line such as "451 4.3.2 not now", with which RCPT is answered, or "hang":
nothing is said after a letter's last line, and the letter, NUMBER.part meanwhile, is not taken.
"""

import base64
import functools
import http.server
import itertools
import pathlib
import socketserver
import sys
import threading
import time

DIR, WEB, MAIL = pathlib.Path(sys.argv[1]), 8080, 2525
LOGIN = b"\0watch\0" + sys.argv[2].encode()
NUMBERS = itertools.count(1)


class Mail(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        self.say("220 town.example ESMTP")
        known, whom = False, ""
        while line := self.rfile.readline().decode().strip():
            verb, mood = line.split()[0].upper(), mood_of("mail")
            if verb == "EHLO":
                self.say("250-town.example\r\n250 AUTH PLAIN")
            elif verb == "AUTH":
                known = base64.b64decode(line.split()[-1]) == LOGIN
                self.say("235 2.7.0 welcome" if known else "535 5.7.8 not the password")
            elif verb in ("MAIL", "RCPT", "DATA") and not known:
                self.say("530 5.7.0 who are you?")
            elif verb == "RCPT" and mood.startswith(("4", "5")):
                self.say(mood)
            elif verb == "DATA":
                self.say("354 go on")
                self.take(whom)
            elif verb == "QUIT":
                return self.say("221 bye")
            else:
                whom = line if verb == "RCPT" else whom
                self.say("250 2.0.0 fine")

    def take(self, whom):
        lines = list(iter(self.rfile.readline, b".\r\n"))
        number, hangs = next(NUMBERS), False
        part = DIR / f"{number}.part"
        part.write_bytes(f"X-Town: {whom}\r\n".encode() + b"".join(lines))
        while mood_of("mail") == "hang":
            hangs = True
            time.sleep(0.2)
        if hangs:
            return part.unlink()
        part.rename(DIR / "letters" / f"{number:03}.eml")
        self.say(f"250 2.0.0 letter {number} taken")


def mood_of(name):
    file = DIR / name
    return file.read_text().strip() if file.exists() else ""


class Threads(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads = True, True


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


(DIR / "letters").mkdir(parents=True, exist_ok=True)
(DIR / "pages").mkdir(exist_ok=True)
pages = http.server.ThreadingHTTPServer(("127.0.0.1", WEB), functools.partial(Quiet, directory=DIR / "pages"))
threading.Thread(target=pages.serve_forever, daemon=True).start()
Threads(("127.0.0.1", MAIL), Mail).serve_forever()
