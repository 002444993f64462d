"""The socket under an SMTP conversation: one deadline however slowly it drips, bounded replies, TLS never half begun.

It looks enough like a socket (`sendall`, `makefile`, `close`) for `smtplib` to talk through it. While it waits it calls
`tick` every few seconds, which keeps the lease of the mail alive.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Callable
from typing import TypeVar

from notifier.config import Server
from notifier.errors import Reason, Trouble
from notifier.servers import reach, tls
from notifier.servers.failures import trouble_of

TICK_SECONDS = 5.0
LINE_LIMIT = 4096  # octets; RFC 5321 §4.5.3.1.5 allows 512, servers with long explanations take more
REPLY_LIMIT = 500  # lines between two commands; EHLO's longest replies have about thirty

T = TypeVar("T")


class Channel:
    """One connection. Raises only Trouble; nothing it does outlives the deadline."""

    def __init__(self, server: Server, seconds: float, tick: Callable[[], None]) -> None:
        self._server = server
        self._tick = tick
        self._next_tick = time.monotonic() + TICK_SECONDS
        self._end = time.monotonic() + seconds
        self._pending = b""
        self._lines = 0
        self._socket = self._connect()
        if server.security == "tls":
            try:
                self.begin_tls()
            except Trouble:
                self.close()
                raise

    def allow(self, seconds: float) -> None:
        """Sets the deadline anew, `seconds` from now."""
        self._end = time.monotonic() + seconds

    # --- what smtplib calls --------------------------------------------------------------------------------------

    def sendall(self, data: bytes) -> None:
        self._lines = 0
        view = memoryview(data)
        while view:
            view = view[self._waiting(lambda: self._socket.send(view[:65536])) :]  # noqa: B023 - called at once

    def makefile(self, _mode: str) -> Channel:
        return self

    def readline(self, _limit: int = 0) -> bytes:
        """The next line with its line end. Raises Trouble(CLOSED) at the end, LINE_TOO_LONG beyond all measure."""
        while b"\n" not in self._pending:
            if len(self._pending) > LINE_LIMIT:
                raise Trouble(Reason.LINE_TOO_LONG, host=self._server.host)
            data = self._waiting(lambda: self._socket.recv(65536))
            if not data:
                raise Trouble(Reason.CLOSED, host=self._server.host)
            self._pending += data
        line, _end, self._pending = self._pending.partition(b"\n")
        self._lines += 1
        if len(line) > LINE_LIMIT or self._lines > REPLY_LIMIT:
            raise Trouble(Reason.LINE_TOO_LONG, host=self._server.host)
        return line + b"\n"

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.close()

    # --- connecting ----------------------------------------------------------------------------------------------

    def _connect(self) -> socket.socket:
        try:
            return reach.connect(tls.server_name(self._server.host), self._server.port, self._left)
        except (OSError, ValueError) as error:  # ValueError: a name that Python itself refuses
            raise trouble_of(error, self._server.host) from error

    def begin_tls(self) -> None:
        """Encrypts from here on, verified. Raises Trouble(STARTTLS_INJECTED) if the server spoke on in the clear."""
        if self._pending:
            raise Trouble(Reason.STARTTLS_INJECTED, host=self._server.host)
        name = tls.server_name(self._server.host)
        try:
            wrapped = tls.context(self._server.ca_file).wrap_socket(
                self._socket, server_hostname=name, do_handshake_on_connect=False
            )
        except (OSError, ValueError) as error:
            raise trouble_of(error, self._server.host) from error
        self._socket = wrapped
        self._waiting(wrapped.do_handshake)

    @property
    def encrypted(self) -> bool:
        return isinstance(self._socket, ssl.SSLSocket)

    # --- waiting -------------------------------------------------------------------------------------------------

    def _waiting(self, action: Callable[[], T]) -> T:
        """Does `action` (a send, a receive, a handshake), in slices of time, so that the lease is kept meanwhile."""
        while True:
            left = self._left()
            if time.monotonic() >= self._next_tick:
                self._next_tick = time.monotonic() + TICK_SECONDS
                self._tick()
            try:
                self._socket.settimeout(min(left, TICK_SECONDS))
                return action()
            except TimeoutError:
                continue
            except (OSError, ValueError) as error:
                raise trouble_of(error, self._server.host) from error

    def _left(self) -> float:
        """Seconds until the deadline. Raises Trouble(TIMED_OUT) when it is over."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise Trouble(Reason.TIMED_OUT, host=self._server.host)
        return left
