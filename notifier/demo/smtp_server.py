"""A small SMTP submission server on loopback: takes mail for the demo's mailboxes, refuses to relay without a login."""

from __future__ import annotations

import base64
import contextlib
import re
import socketserver
from collections.abc import Mapping

from notifier.demo.loopback import Hook, LoopbackServer
from notifier.demo.mailbox import Mailbox

LONGEST_LINE = 4096
SIZE_LIMIT = 20_000_000  # octets
_PATH = re.compile(r"(?:FROM|TO):\s*<([^<>\s]*)>", re.IGNORECASE)


class SmtpServer(LoopbackServer):
    """Serves 127.0.0.1; `port` says where. `mailboxes` maps a local address to its mailbox.

    `hook(verb, argument)` may answer in the server's stead; `taken` collects (sender, recipients, octets).
    """

    def __init__(
        self,
        mailboxes: Mapping[str, Mailbox],
        passwords: Mapping[str, str],
        *,
        hook: Hook | None = None,
        port: int = 0,
    ) -> None:
        super().__init__(_Session, "demo SMTP", port)
        self.mailboxes = mailboxes
        self.passwords = passwords
        self.hook = hook
        self.taken: list[tuple[str, tuple[str, ...], int]] = []


class _Session(socketserver.StreamRequestHandler):
    server: SmtpServer
    timeout = 120

    def handle(self) -> None:
        self._logged_in = False
        self._sender: str | None = None
        self._recipients: list[str] = []
        with contextlib.suppress(OSError):
            self._say("220 demo.invalid Notifier's demo server")
            while self._one():
                pass

    def _say(self, *lines: str) -> None:
        text = [f"{line[:3]}-{line[4:]}" for line in lines[:-1]] + [lines[-1]]
        self.wfile.write("".join(f"{line}\r\n" for line in text).encode())
        self.wfile.flush()

    def _one(self) -> bool:
        raw = self.rfile.readline(LONGEST_LINE)
        if not raw:
            return False
        verb, _, argument = raw.decode("utf-8", "replace").strip().partition(" ")
        verb = verb.upper()
        bent = self.server.hook(verb, argument) if self.server.hook else None
        if bent is not None:
            self.wfile.write(bent)
            return bool(bent)
        answer = getattr(self, f"_do_{verb.lower()}", None)
        if answer is None:
            self._say("502 5.5.1 unknown command")
        else:
            answer(argument)
        return verb != "QUIT"

    def _do_ehlo(self, _argument: str) -> None:
        self._say(
            "250 demo.invalid",
            f"250 SIZE {SIZE_LIMIT}",
            "250 AUTH PLAIN LOGIN",
            "250 8BITMIME",
            "250 SMTPUTF8",
            "250 PIPELINING",
            "250 ENHANCEDSTATUSCODES",
        )

    def _do_helo(self, _argument: str) -> None:
        self._say("250 demo.invalid")

    def _do_auth(self, argument: str) -> None:
        mechanism, _, initial = argument.partition(" ")
        user = password = ""
        with contextlib.suppress(ValueError):
            if mechanism.upper() == "PLAIN":
                _, user, password = self._unbase64(initial or self._asked("")).split("\0")
            elif mechanism.upper() == "LOGIN":
                user = self._unbase64(initial or self._asked("Username:"))
                password = self._unbase64(self._asked("Password:"))
        self._logged_in = bool(user) and self.server.passwords.get(user) == password
        self._say("235 2.7.0 welcome" if self._logged_in else "535 5.7.8 wrong user name or password")

    def _asked(self, question: str) -> str:
        self._say(f"334 {base64.b64encode(question.encode()).decode()}")
        return self.rfile.readline(LONGEST_LINE).decode("ascii", "replace").strip()

    @staticmethod
    def _unbase64(text: str) -> str:
        return base64.b64decode(text).decode()

    def _do_mail(self, argument: str) -> None:
        found = _PATH.match(argument)
        if found is None:
            self._say("501 5.5.4 malformed sender")
            return
        self._sender, self._recipients = found[1], []
        self._say("250 2.1.0 ok")

    def _do_rcpt(self, argument: str) -> None:
        found = _PATH.match(argument)
        if found is None or self._sender is None:
            self._say("501 5.5.4 malformed or too early")
        elif found[1] not in self.server.mailboxes and not self._logged_in:
            self._say("554 5.7.1 relay access denied")
        else:
            self._recipients.append(found[1])
            self._say("250 2.1.5 ok")

    def _do_data(self, _argument: str) -> None:
        if not self._recipients or self._sender is None:
            self._say("503 5.5.1 no recipients")
            return
        self._say("354 go ahead")
        octets = 0
        while (line := self.rfile.readline(1_000_000)) not in {b".\r\n", b""}:
            octets += len(line)
        if not line:
            return
        full = [r for r in self._recipients if not self._deliver(r, octets)]
        if octets > SIZE_LIMIT or full:
            self._say("552 5.2.2 mailbox full" if full else "552 5.3.4 message too big")
            return
        self.server.taken.append((self._sender, tuple(self._recipients), octets))
        self._sender, self._recipients = None, []
        self._say("250 2.0.0 taken")

    def _deliver(self, recipient: str, octets: int) -> bool:
        mailbox = self.server.mailboxes.get(recipient)
        return mailbox is None or mailbox.add(octets)

    def _do_rset(self, _argument: str) -> None:
        self._sender, self._recipients = None, []
        self._say("250 2.0.0 ok")

    def _do_noop(self, _argument: str) -> None:
        self._say("250 2.0.0 ok")

    def _do_quit(self, _argument: str) -> None:
        self._say("221 2.0.0 bye")
