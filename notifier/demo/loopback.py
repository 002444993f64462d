"""What the demo's servers share: a port of their own on loopback, a thread, one handler a connection."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable

# `hook(verb, argument)` may answer in a server's stead, with bytes that are sent as they are.
Hook = Callable[[str, str], "bytes | None"]


class LoopbackServer(socketserver.ThreadingTCPServer):
    """Listens on 127.0.0.1, on any free port unless told one; `port` says which."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, handler: type[socketserver.BaseRequestHandler], name: str, port: int) -> None:
        super().__init__(("127.0.0.1", port), handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.1,), name=name, daemon=True)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
