"""Fetches one small document over HTTPS: verified, bounded in size, time and redirections, and cancellable.

The standard library's client would follow a redirection to plain HTTP and wait for as long as a server drips.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from notifier.errors import NotifierError
from notifier.servers import tls
from notifier.servers.failures import trouble_of

REDIRECTIONS = 3
LONGEST = 256 * 1024  # octets


class FetchError(NotifierError):
    """There is no such document to be had. `why` is for a log."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def _unchanged(host: str, port: int) -> tuple[str, int]:
    return host, port


@dataclass(frozen=True, slots=True)
class Way:
    """How hosts are reached. In tests `address` leads to a server of the tests' own, whose authority is in `ca_file`;
    certificates are checked against the name that was asked for all the same."""

    ca_file: str = ""
    address: Callable[[str, int], tuple[str, int]] = _unchanged


@dataclass
class Ending:
    """Closes what it was told of as soon as somebody says `now`; a worker that waits on a socket then wakes up."""

    _over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _open: list[socket.socket] = field(default_factory=list)
    _then: list[Callable[[], object]] = field(default_factory=list)

    def now(self) -> None:
        with self._lock:
            self._over.set()
            for sock in self._open:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
            self._open.clear()
            then, self._then = self._then, []
        for act in then:
            act()

    def then(self, act: Callable[[], object]) -> None:
        """Has `act` done when it ends; at once if it has."""
        with self._lock:
            if not self._over.is_set():
                self._then.append(act)
                return
        act()

    @property
    def come(self) -> bool:
        return self._over.is_set()

    def watch(self, sock: socket.socket) -> None:
        with self._lock:
            if not self._over.is_set():
                self._open.append(sock)
                return
        sock.close()
        raise TimeoutError

    def leave(self, sock: socket.socket) -> None:
        with self._lock:
            if sock in self._open:
                self._open.remove(sock)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    location: str = ""


def fetch(url: str, *, way: Way, seconds: float, ending: Ending) -> bytes:
    """The document at `url` (https only). Raises FetchError where there is none, Trouble where the way failed."""
    end = time.monotonic() + seconds
    for _hop in range(REDIRECTIONS + 1):
        answer = _ask(url, None, way, end, ending)
        if answer.status == 200:
            return answer.body
        if answer.status not in {301, 302, 303, 307, 308}:
            raise FetchError(f"status {answer.status}")
        try:
            url = urljoin(url, answer.location)
        except ValueError:
            raise FetchError("a broken address") from None
    raise FetchError("too many redirections")


def post(url: str, form: str, *, way: Way, seconds: float, ending: Ending) -> Answer:
    """What `url` (https only) answers to a form; nobody is followed elsewhere with it. Raises FetchError, Trouble."""
    return _ask(url, form, way, time.monotonic() + seconds, ending)


def _ask(url: str, form: str | None, way: Way, end: float, ending: Ending) -> Answer:
    host, port, target = _checked(url)
    if form is None and port != 443:
        raise FetchError("led away to another port")
    headers = {"Accept": "text/xml, application/xml" if form is None else "application/json", "Connection": "close"}
    if form is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection = _Connection(host, port, way, end, ending)
    try:
        connection.request("GET" if form is None else "POST", target, form, headers)
        return _answer(connection.getresponse(), connection)
    except (OSError, ValueError) as error:
        raise trouble_of(error, host) from error
    except http.client.HTTPException as error:
        raise FetchError(type(error).__name__) from None
    finally:
        connection.close()


def _checked(url: str) -> tuple[str, int, str]:
    """Host, port and target of an address that may be asked. Raises FetchError."""
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError:
        raise FetchError("a broken address") from None
    if parts.scheme != "https" or not parts.hostname or parts.username:
        raise FetchError("led away from HTTPS")
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > 2000:
        raise FetchError("a broken address")
    return parts.hostname, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _answer(response: http.client.HTTPResponse, connection: _Connection) -> Answer:
    body = bytearray()
    while part := response.read1(16384):
        body += part
        if len(body) > LONGEST:
            raise FetchError("far too long")
        connection.still_in_time()
    return Answer(response.status, bytes(body), response.headers.get("Location") or "")


class _Connection(http.client.HTTPSConnection):
    """Connects where `way` leads, checks the certificate for `host`, and ends with `ending` or at `end`."""

    def __init__(self, host: str, port: int, way: Way, end: float, ending: Ending) -> None:
        super().__init__(host, port)
        self._way = way
        self._end = end
        self._ending = ending

    def still_in_time(self) -> None:
        left = self._end - time.monotonic()
        if left <= 0 or self._ending.come:
            raise TimeoutError
        if self.sock is not None:
            self.sock.settimeout(left)

    def connect(self) -> None:
        self.still_in_time()
        plain = socket.create_connection(self._way.address(self.host, self.port), timeout=self._end - time.monotonic())
        self._ending.watch(plain)
        try:
            context: ssl.SSLContext = tls.context(self._way.ca_file)
            self.sock = context.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise
        finally:
            self._ending.leave(plain)
        self._ending.watch(self.sock)

    def close(self) -> None:
        if isinstance(self.sock, socket.socket):
            self._ending.leave(self.sock)
        super().close()
