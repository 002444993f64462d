"""An SMTP server that misbehaves on order: at any step it hangs up, stalls, drips, babbles, refuses or tampers."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

STEPS = ("greeting", "ehlo", "starttls", "tls", "auth", "mail", "rcpt", "data", "body", "dot", "quit")
ACTS = ("drop", "reset", "stall", "drip", "421", "450", "550", "garbage", "endless line", "endless reply", "empty")


@dataclass
class Hostile:
    """Serves 127.0.0.1 at `port`. `acts` maps a step to what is done there instead of the right thing.

    `taken` are mails whose final dot arrived (what came before it, dots unstuffed); `said_yes` those it said 250 to.
    """

    chain: Path | None = None
    key: Path | None = None
    acts: dict[str, str] = field(default_factory=dict)
    refuse: dict[str, str] = field(default_factory=dict)  # recipient -> the reply it gets
    starttls: str = "offered"  # or "stripped", "injected"
    features: tuple[str, ...] = ("SIZE 50000000", "8BITMIME", "SMTPUTF8", "PIPELINING", "AUTH PLAIN LOGIN")
    dot_reply: str = "250 2.0.0 queued"
    on_line: Callable[[bytes], None] = lambda _line: None
    taken: list[bytes] = field(default_factory=list)
    said_yes: list[bytes] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)
    sessions: int = 0

    def __enter__(self) -> Hostile:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ending = threading.Event()
        self.port = int(self._listener.getsockname()[1])
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.sessions += 1
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        session = _Session(self, connection, self._ending)
        with contextlib.suppress(OSError, _Over):
            session.run()
        session.close()


class _Over(Exception):
    """The session ends here."""


class _Session:
    def __init__(self, server: Hostile, connection: socket.socket, ending: threading.Event) -> None:
        self.server = server
        self.socket = connection
        self.ending = ending
        self.buffer = b""
        self.tls = False

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.close()

    def say(self, step: str, right: str) -> None:
        """The right reply, or what was ordered for this step."""
        act = self.server.acts.get(step)
        if act is None:
            self.socket.sendall(right.encode() + b"\r\n")
            return
        self.misbehave(act, right)

    def misbehave(self, act: str, right: str) -> None:
        if act == "drop":
            raise _Over
        if act == "reset":
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
            raise _Over
        if act == "stall":
            self.ending.wait(60)
            raise _Over
        if act == "drip":
            self._endlessly(right[:1].encode() + b"x", pause=0.05)
        if act == "endless line":
            self._endlessly(b"2" * 8192)
        if act == "endless reply":
            self._endlessly(b"250-and so on\r\n" * 100)
        words = {
            "421": "421 4.3.2 shutting down",
            "450": "450 4.7.1 not now",
            "550": "550 5.7.1 never",
            "garbage": "\x1b[31m<html>what?",
            "empty": "",
        }[act]
        self.socket.sendall(words.encode() + b"\r\n")
        if act == "421":
            raise _Over

    def _endlessly(self, data: bytes, pause: float = 0.0) -> None:
        while not self.ending.is_set():
            self.socket.sendall(data)
            time.sleep(pause)
        raise _Over

    def line(self) -> bytes:
        self.socket.settimeout(60)
        while b"\n" not in self.buffer:
            data = self.socket.recv(65536)
            if not data:
                raise _Over
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\n")
        self.server.lines.append(line)
        self.server.on_line(line)
        return line.rstrip(b"\r")

    def run(self) -> None:
        self.say("greeting", "220 hostile ESMTP")
        while True:
            line = self.line()
            verb = line.split(b" ")[0].split(b":")[0].upper().decode("ascii", "replace")
            handler = getattr(self, f"do_{verb.lower()}", None)
            if handler is None:
                self.socket.sendall(b"250 2.0.0 whatever\r\n")
            else:
                handler(line)

    def do_ehlo(self, _line: bytes) -> None:
        offered = list(self.server.features)
        if self.server.chain and not self.tls and self.server.starttls != "stripped":
            offered.insert(0, "STARTTLS")
        lines = ["hostile", *offered]
        text = "\r\n".join(f"250-{x}" for x in lines[:-1]) + f"\r\n250 {lines[-1]}"
        self.say("ehlo", text)

    def do_starttls(self, _line: bytes) -> None:
        if self.server.starttls == "injected":
            self.socket.sendall(b"220 go\r\n250-evil\r\n250 AUTH PLAIN\r\n")
        else:
            self.say("starttls", "220 2.0.0 go")
        if act := self.server.acts.get("tls"):
            self.misbehave(act, "220 go")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        assert self.server.chain is not None
        context.load_cert_chain(self.server.chain, self.server.key)
        try:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        except ssl.SSLError as error:
            raise _Over from error
        self.tls, self.buffer = True, b""

    def do_auth(self, line: bytes) -> None:
        if line.upper().split()[1:2] == [b"LOGIN"]:
            for prompt in (b"334 VXNlcm5hbWU6\r\n", b"334 UGFzc3dvcmQ6\r\n"):
                self.socket.sendall(prompt)
                self.line()
        self.say("auth", "235 2.7.0 welcome")

    def do_mail(self, _line: bytes) -> None:
        self.say("mail", "250 2.1.0 ok")

    def do_rcpt(self, line: bytes) -> None:
        address = line.partition(b"<")[2].partition(b">")[0].decode("utf-8", "replace")
        self.say("rcpt", self.server.refuse.get(address, "250 2.1.5 ok"))

    def do_data(self, _line: bytes) -> None:
        self.say("data", "354 go ahead")
        if act := self.server.acts.get("body"):
            self.line()
            self.misbehave(act, "250 2.0.0 ok")
        mail = b""
        while (line := self.line()) != b".":
            mail += line.removeprefix(b".") + b"\r\n"
        self.server.taken.append(mail)
        if "dot" not in self.server.acts:
            if self.server.dot_reply.startswith("2"):
                self.server.said_yes.append(mail)
            self.socket.sendall(self.server.dot_reply.encode() + b"\r\n")
            return
        self.say("dot", self.server.dot_reply)

    def do_quit(self, _line: bytes) -> None:
        self.say("quit", "221 2.0.0 bye")
        raise _Over
