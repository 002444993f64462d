"""The way to a server: its addresses, and the first of them that answers, within the time that is left."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from typing import Any

from notifier.errors import Reason, Trouble

ONE_ADDRESS_SECONDS = 10.0  # with several addresses (IPv6 and IPv4) a dead one must not eat the whole time


def connect(name: str, port: int, left: Callable[[], float]) -> socket.socket:
    """A connected socket. `left` gives the seconds that remain, and raises Trouble(TIMED_OUT) when none do.

    Raises OSError of the last address that did not answer, Trouble for the name.
    """
    return first_that_answers(look_up(name, port, left()), left)


def first_that_answers(addresses: Sequence[Any], left: Callable[[], float]) -> socket.socket:
    """A socket connected to one of `addresses` (as from `look_up`), tried in order. Raises the last one's OSError."""
    failure = OSError("no address")
    for position, (family, kind, protocol, _name, address) in enumerate(addresses):
        sock = socket.socket(family, kind, protocol)
        last = position == len(addresses) - 1
        sock.settimeout(left() if last else min(left(), ONE_ADDRESS_SECONDS))
        try:
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    raise failure


def look_up(name: str, port: int, seconds: float) -> list[Any]:
    """The addresses of `name`. The system's look-up knows no time limit, so it runs aside and is left behind."""
    answer: list[Any] = []

    def ask() -> None:
        try:
            answer.append(socket.getaddrinfo(name, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answer.append(error)

    asker = threading.Thread(target=ask, name="look up", daemon=True)
    asker.start()
    asker.join(seconds)
    if not answer:
        raise Trouble(Reason.TIMED_OUT, host=name)
    if isinstance(answer[0], UnicodeError):
        raise Trouble(Reason.NAME_NOT_FOUND, host=name)
    if isinstance(answer[0], OSError):
        raise answer[0]
    found: list[Any] = answer[0]
    return found
