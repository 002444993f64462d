"""Tries whether a mail server answers under a name, with encryption it can prove; nobody logs in here."""

from __future__ import annotations

import socket
import ssl
import time

from notifier.config import Server
from notifier.errors import Reason, Trouble
from notifier.servers import tls
from notifier.servers.failures import trouble_of
from notifier.setup.https import Ending, Way

LONGEST_LINE = 1000  # octets
MOST_LINES = 100
GREETING = {"pop3": b"+OK", "smtp": b"220"}


def probe(server: Server, role: str, *, way: Way, seconds: float, ending: Ending) -> None:
    """Returns when `server` is a POP3 (`role` "pop3") or submission ("smtp") server. Raises Trouble otherwise."""
    try:
        visit = _Visit(server, way, time.monotonic() + seconds, ending)
    except (OSError, ValueError) as error:
        raise trouble_of(error, server.host) from error
    try:
        if server.security == "tls":
            visit.begin_tls()
        visit.expect(GREETING[role])
        if server.security == "starttls":
            _upgrade(visit, role)
        visit.send("QUIT")
    except (OSError, ValueError) as error:
        raise trouble_of(error, server.host) from error
    finally:
        visit.close()


def _upgrade(visit: _Visit, role: str) -> None:
    if role == "pop3":
        visit.send("STLS")
        visit.expect(b"+OK")
    else:
        visit.send("EHLO [127.0.0.1]")
        visit.expect(b"250")
        visit.send("STARTTLS")
        visit.expect(b"220")
    visit.begin_tls()


class _Visit:
    """One short connection with one deadline."""

    def __init__(self, server: Server, way: Way, end: float, ending: Ending) -> None:
        self._server, self._way, self._end, self._ending = server, way, end, ending
        self._read = b""
        name = tls.server_name(server.host)
        self._socket: socket.socket = socket.create_connection(way.address(name, server.port), timeout=self._left())
        ending.watch(self._socket)

    def _left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0 or self._ending.come:
            raise TimeoutError
        return left

    def begin_tls(self) -> None:
        if self._read:
            raise Trouble(Reason.STARTTLS_INJECTED, host=self._server.host)
        self._ending.leave(self._socket)
        self._socket.settimeout(self._left())
        context: ssl.SSLContext = tls.context(self._server.ca_file or self._way.ca_file)
        self._socket = context.wrap_socket(self._socket, server_hostname=tls.server_name(self._server.host))
        self._ending.watch(self._socket)

    def send(self, line: str) -> None:
        self._socket.settimeout(self._left())
        self._socket.sendall(line.encode("ascii") + b"\r\n")

    def expect(self, start: bytes) -> None:
        """Reads one reply; SMTP's may have several lines, all but the last with a hyphen."""
        for _line in range(MOST_LINES):
            line = self._line()
            if not line.startswith(start):
                raise Trouble(Reason.GARBAGE, host=self._server.host)
            if line[3:4] != b"-":
                return
        raise Trouble(Reason.LINE_TOO_LONG, host=self._server.host)

    def _line(self) -> bytes:
        while b"\n" not in self._read:
            if len(self._read) > LONGEST_LINE:
                raise Trouble(Reason.LINE_TOO_LONG, host=self._server.host)
            self._socket.settimeout(self._left())
            data = self._socket.recv(4096)
            if not data:
                raise Trouble(Reason.CLOSED, host=self._server.host)
            self._read += data
        line, _newline, self._read = self._read.partition(b"\n")
        return line

    def close(self) -> None:
        self._ending.leave(self._socket)
        self._socket.close()
