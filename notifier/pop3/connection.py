"""The socket under a dialogue: name look-up, TLS, and one deadline for the whole session however slowly it drips."""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
import time

from notifier.config import Server
from notifier.errors import Reason, Trouble
from notifier.pop3.dialogue import converse
from notifier.pop3.exchange import BeginTls, ReadLine, Send
from notifier.pop3.lines import Lines
from notifier.pop3.plan import Look, Plan, Step
from notifier.servers import reach, tls
from notifier.servers.failures import trouble_of

log = logging.getLogger(__name__)

SESSION_SECONDS = 60.0


class Session:
    """One connection to one server. `close` from another thread ends whatever it is waiting for."""

    def __init__(self, server: Server, seconds: float = SESSION_SECONDS) -> None:
        self._server = server
        self._end = time.monotonic() + seconds
        self._lines = Lines()
        self._socket: socket.socket | None = None
        self._closed = False

    def run(self, plan: Plan) -> Look:
        """Connects, holds the whole dialogue and closes. Raises only Trouble."""
        try:
            self._connect(plan)
            return self._hold(plan)
        except (OSError, ValueError) as error:  # ValueError: a name or address that Python itself refuses
            raise trouble_of(error, self._server.host) from error
        except Trouble as trouble:
            trouble.host = trouble.host or self._server.host
            raise
        finally:
            self.close()

    def close(self) -> None:
        self._closed = True
        sock = self._socket
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(OSError):
                sock.close()

    # --- connecting ----------------------------------------------------------------------------------------------

    def _connect(self, plan: Plan) -> None:
        name = tls.server_name(self._server.host)
        addresses = reach.look_up(name, self._server.port, self._left())
        plan.on_step(Step("name", ", ".join(dict.fromkeys(str(a[4][0]) for a in addresses))))
        self._socket = reach.first_that_answers(addresses, self._left)
        plan.on_step(Step("connection", str(self._server.port)))
        if self._server.security == "tls":
            self._begin_tls(plan)

    def _begin_tls(self, plan: Plan) -> None:
        assert self._socket is not None  # noqa: S101 - only called once connected
        if self._lines.pending:
            raise Trouble(Reason.STARTTLS_INJECTED, host=self._server.host)
        self._socket.settimeout(self._left())
        wrapped = tls.context(self._server.ca_file).wrap_socket(
            self._socket, server_hostname=tls.server_name(self._server.host)
        )
        self._socket = wrapped
        plan.on_step(Step("tls", tls_detail(wrapped)))

    # --- talking -------------------------------------------------------------------------------------------------

    def _hold(self, plan: Plan) -> Look:
        talk = converse(plan)
        answer: bytes | None = None
        while True:
            try:
                want = talk.send(answer) if answer is not None else next(talk)
            except StopIteration as end:
                look: Look = end.value
                return look
            answer = None
            if isinstance(want, Send):
                self._send(want)
            elif isinstance(want, BeginTls):
                self._begin_tls(plan)
            elif isinstance(want, ReadLine):
                answer = self._read_line()

    def _send(self, send: Send) -> None:
        assert self._socket is not None  # noqa: S101
        for command in send.commands:
            log.debug("%s > %s", self._server.host, command.shown)
        self._socket.settimeout(self._left())
        self._socket.sendall(b"".join(command.line for command in send.commands))

    def _read_line(self) -> bytes:
        assert self._socket is not None  # noqa: S101
        while (line := self._lines.next()) is None:
            self._socket.settimeout(self._left())
            data = self._socket.recv(65536)
            if not data:
                raise Trouble(Reason.CLOSED, host=self._server.host)
            self._lines.feed(data)
        return line

    def _left(self) -> float:
        """Seconds until the deadline. Raises Trouble(TIMED_OUT) when it is over."""
        left = self._end - time.monotonic()
        if left <= 0 or self._closed:
            raise Trouble(Reason.TIMED_OUT, host=self._server.host)
        return left


def tls_detail(sock: ssl.SSLSocket) -> str:
    """The TLS version and the day the certificate ends, as certificates write it."""
    certificate = sock.getpeercert() or {}
    return f"{sock.version()}; {certificate.get('notAfter', '')}"
