"""A small POP3 server on loopback: the demo's mailboxes, and a server that tests can bend where a real one cannot."""

from __future__ import annotations

import base64
import contextlib
import socketserver
import ssl
from collections.abc import Mapping

from notifier.demo.loopback import Hook, LoopbackServer
from notifier.demo.mailbox import Mailbox, Message

LONGEST_LINE = 1024


class Pop3Server(LoopbackServer):
    """Serves `mailboxes` (user -> mailbox) with `passwords` on 127.0.0.1; `port` says where.

    `hook(verb, argument)` may answer in the server's stead (bytes, sent as they are) or return None. `wire` collects
    every line that clients sent.
    """

    def __init__(
        self,
        mailboxes: Mapping[str, Mailbox],
        passwords: Mapping[str, str],
        *,
        hook: Hook | None = None,
        tls: ssl.SSLContext | None = None,
        port: int = 0,
    ) -> None:
        super().__init__(_Session, "demo POP3", port)
        self.mailboxes = mailboxes
        self.passwords = passwords
        self.hook = hook
        self.tls = tls
        self.wire: list[str] = []


class _Session(socketserver.StreamRequestHandler):
    """One client's session; the maildrop is as it was at the login (RFC 1939 §3)."""

    server: Pop3Server
    timeout = 120

    def handle(self) -> None:
        self._user = ""
        self._messages: tuple[Message, ...] | None = None
        self._encrypted = False
        with contextlib.suppress(OSError, ssl.SSLError):
            self._reply(self._bent("GREETING", "") or b"+OK Notifier's demo server ready\r\n")
            while self._one():
                pass

    def _one(self) -> bool:
        raw = self.rfile.readline(LONGEST_LINE)
        if not raw:
            return False
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        self.server.wire.append(line)
        verb, _, argument = line.partition(" ")
        verb = verb.upper()
        bent = self._bent(verb, argument)
        if bent is not None:
            self._reply(bent)
            return bool(bent)
        answer = getattr(self, f"_do_{verb.lower()}", None)
        if answer is None or (verb in {"STAT", "UIDL"} and self._messages is None):
            self._reply(b"-ERR unknown command\r\n")
            return True
        self._reply(answer(argument))
        return verb != "QUIT"

    def _bent(self, verb: str, argument: str) -> bytes | None:
        return self.server.hook(verb, argument) if self.server.hook else None

    def _reply(self, data: bytes) -> None:
        self.wfile.write(data)
        self.wfile.flush()

    # --- commands ------------------------------------------------------------------------------------------------

    def _do_capa(self, _argument: str) -> bytes:
        stls = b"STLS\r\n" if self.server.tls and not self._encrypted else b""
        return b"+OK\r\nUSER\r\nSASL PLAIN\r\nUIDL\r\nPIPELINING\r\nRESP-CODES\r\n" + stls + b".\r\n"

    def _do_stls(self, _argument: str) -> bytes:
        if self.server.tls is None:
            return b"-ERR not offered\r\n"
        self._reply(b"+OK begin\r\n")
        self.request = self.server.tls.wrap_socket(self.request, server_side=True)
        self.rfile = self.request.makefile("rb")
        self.wfile = self.request.makefile("wb")
        self._encrypted = True
        return b""

    def _do_auth(self, argument: str) -> bytes:
        mechanism, _, initial = argument.partition(" ")
        if mechanism.upper() != "PLAIN":
            return b"-ERR unknown mechanism\r\n"
        if not initial:
            self._reply(b"+ \r\n")
            initial = self.rfile.readline(LONGEST_LINE).decode("ascii", "replace").strip()
        with contextlib.suppress(ValueError):
            _, user, password = base64.b64decode(initial).decode().split("\0")
            return self._enter(user, password)
        return b"-ERR malformed\r\n"

    def _do_user(self, argument: str) -> bytes:
        self._user = argument
        return b"+OK\r\n"

    def _do_pass(self, argument: str) -> bytes:
        return self._enter(self._user, argument)

    def _enter(self, user: str, password: str) -> bytes:
        mailbox = self.server.mailboxes.get(user)
        if mailbox is None or self.server.passwords.get(user) != password:
            return b"-ERR [AUTH] wrong user name or password\r\n"
        if mailbox.locked:
            return b"-ERR [IN-USE] the mailbox is in use by another session\r\n"
        self._messages = mailbox.messages()
        return b"+OK welcome\r\n"

    def _do_stat(self, _argument: str) -> bytes:
        messages = self._messages or ()
        return f"+OK {len(messages)} {sum(m.octets for m in messages)}\r\n".encode()

    def _do_uidl(self, argument: str) -> bytes:
        messages = self._messages or ()
        if argument:
            n = int(argument) if argument.isdigit() else 0
            return f"+OK {n} {messages[n - 1].uid}\r\n".encode() if 0 < n <= len(messages) else b"-ERR none such\r\n"
        lines = "".join(f"{n} {m.uid}\r\n" for n, m in enumerate(messages, 1))
        return f"+OK\r\n{lines}.\r\n".encode()

    def _do_noop(self, _argument: str) -> bytes:
        return b"+OK\r\n"

    def _do_quit(self, _argument: str) -> bytes:
        return b"+OK bye\r\n"
