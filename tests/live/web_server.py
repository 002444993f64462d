"""An HTTPS server of a test's own, for all the names it has a certificate for; it can also behave badly."""

from __future__ import annotations

import contextlib
import ssl
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.live.certificates import Certificate

Answer = Callable[["Visit"], None]


class Visit(BaseHTTPRequestHandler):
    """One request; `server.pages` maps host and path to what happens."""

    server: WebServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        host = self.headers.get("Host", "").partition(":")[0]
        self.server.asked.append(f"{host}{self.path}")
        answer = self.server.pages.get(f"{host}{self.path.partition('?')[0]}")
        self.close_connection = True
        with contextlib.suppress(OSError):
            if answer is None:
                self.send_error(404)
            else:
                answer(self)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        pass


class WebServer(ThreadingHTTPServer):
    """`pages` may be changed at any time; `asked` says what came, with its query."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, certificate: Certificate) -> None:
        super().__init__(("127.0.0.1", 0), Visit)
        self.pages: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.ending = threading.Event()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.chain, certificate.key)
        self._context = context

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def finish_request(self, request: object, client_address: object) -> None:
        """The handshake happens in the visitor's thread: a visitor that does not finish it holds up nobody."""
        with contextlib.suppress(OSError):
            request.settimeout(10)  # type: ignore[attr-defined]
            super().finish_request(
                self._context.wrap_socket(request, server_side=True),
                client_address,  # type: ignore[arg-type]
            )

    def handle_error(self, request: object, client_address: object) -> None:
        pass

    def __enter__(self) -> WebServer:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self.ending.set()
        self.shutdown()
        self.server_close()


def page(body: bytes, kind: str = "text/xml") -> Answer:
    def answer(visit: Visit) -> None:
        visit.send_response(200)
        visit.send_header("Content-Type", kind)
        visit.send_header("Content-Length", str(len(body)))
        visit.end_headers()
        visit.wfile.write(body)

    return answer


def moved(url: str, status: int = 302) -> Answer:
    def answer(visit: Visit) -> None:
        visit.send_response(status)
        visit.send_header("Location", url)
        visit.send_header("Content-Length", "0")
        visit.end_headers()

    return answer


def endless(visit: Visit) -> None:
    """100 MB, if anybody takes them."""
    visit.send_response(200)
    visit.end_headers()
    for _ in range(1000):
        visit.wfile.write(b"<a>" * 34_000)
        visit.server.asked.append("more")


def dripping(visit: Visit) -> None:
    """A header line that never ends, one byte now and then."""
    visit.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not visit.server.ending.is_set():
        visit.wfile.write(b"x")
        time.sleep(0.05)


def silent(visit: Visit) -> None:
    visit.server.ending.wait(60)
