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

    def now(self) -> None:
        with self._lock:
            self._over.set()
            for sock in self._open:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
            self._open.clear()

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


def fetch(url: str, *, way: Way, seconds: float, ending: Ending) -> bytes:
    """The document at `url` (https only). Raises FetchError where there is none, Trouble where the way failed."""
    end = time.monotonic() + seconds
    for _hop in range(REDIRECTIONS + 1):
        answer = _get(url, way, end, ending)
        if isinstance(answer, bytes):
            return answer
        try:
            url = urljoin(url, answer)
        except ValueError:
            raise FetchError("a broken address") from None
    raise FetchError("too many redirections")


def _get(url: str, way: Way, end: float, ending: Ending) -> bytes | str:
    """The document, or where it is said to be."""
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError:
        raise FetchError("a broken address") from None
    if parts.scheme != "https" or not parts.hostname or parts.username or port != 443:
        raise FetchError("led away from HTTPS")
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > 2000:
        raise FetchError("a broken address")
    host = parts.hostname
    connection = _Connection(host, way, end, ending)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers={"Accept": "text/xml, application/xml", "Connection": "close"})
        return _answer(connection.getresponse(), connection)
    except (OSError, ValueError) as error:
        raise trouble_of(error, host) from error
    except http.client.HTTPException as error:
        raise FetchError(type(error).__name__) from None
    finally:
        connection.close()


def _answer(response: http.client.HTTPResponse, connection: _Connection) -> bytes | str:
    if response.status in {301, 302, 303, 307, 308}:
        return response.headers.get("Location") or ""
    if response.status != 200:
        raise FetchError(f"status {response.status}")
    body = bytearray()
    while part := response.read1(16384):
        body += part
        if len(body) > LONGEST:
            raise FetchError("far too long")
        connection.still_in_time()
    return bytes(body)


class _Connection(http.client.HTTPSConnection):
    """Connects where `way` leads, checks the certificate for `host`, and ends with `ending` or at `end`."""

    def __init__(self, host: str, way: Way, end: float, ending: Ending) -> None:
        super().__init__(host)
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
        plain = socket.create_connection(self._way.address(self.host, 443), timeout=self._end - time.monotonic())
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
