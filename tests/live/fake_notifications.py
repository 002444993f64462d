"""A notification service that can be made to do what real ones do only sometimes: lack abilities, be silent, vanish."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

from jeepney import DBusAddress, HeaderFields, MessageType, message_bus, new_error, new_method_return, new_signal
from jeepney.bus import get_bus
from jeepney.io.blocking import DBusConnection, prep_socket

NAME = "org.freedesktop.Notifications"
ADDRESS = DBusAddress("/org/freedesktop/Notifications", NAME, NAME)


class FakeNotifications:
    """Records every Notify call; `say` sends a signal as if a person had clicked."""

    def __init__(self, bus: str, *, name: str = NAME, can: tuple[str, ...] = ("body", "actions")) -> None:
        self.can = can
        self.silent = False  # hears everything, answers nothing
        self.refuses = False
        self.shown: dict[int, tuple[Any, ...]] = {}
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self.next = 1
        self._connection = DBusConnection(prep_socket(get_bus(bus)))
        if name:
            reply = self._connection.send_and_get_reply(message_bus.RequestName(name), timeout=5)
            assert reply.body == (1,), "somebody else offers notifications on this bus"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def say(self, member: str, number: int, what: int | str) -> None:
        signature = "us" if isinstance(what, str) else "uu"
        self._connection.send(new_signal(ADDRESS, member, signature, (number, what)))

    def end(self) -> None:
        with contextlib.suppress(OSError):
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._connection.close()

    def named(self, member: str) -> list[tuple[Any, ...]]:
        return [body for called, body in list(self.calls) if called == member]

    def _serve(self) -> None:
        while True:
            try:
                message = self._connection.receive()
            except (OSError, EOFError, ValueError):
                return
            if message.header.message_type is not MessageType.method_call:
                continue
            member = message.header.fields[HeaderFields.member]
            self.calls.append((member, message.body))
            if self.silent or message.header.flags & 1:
                continue
            if self.refuses and member == "Notify":
                answer = new_error(message, "org.freedesktop.DBus.Error.LimitsExceeded", "s", ("too many",))
            else:
                answer = new_method_return(message, *self._answer(member, message.body))
            self._connection.send(answer)

    def _answer(self, member: str, body: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
        if member == "GetServerInformation":
            return "ssss", ("fake", "test", "1.0", "1.2")
        if member == "GetCapabilities":
            return "as", (list(self.can),)
        if member != "Notify":
            return "", ()
        number = body[1] or self.next
        self.next = max(self.next, number + 1)
        self.shown[number] = body
        return "u", (number,)


@contextlib.contextmanager
def fake_notifications(bus: str, **more: Any) -> Iterator[FakeNotifications]:
    service = FakeNotifications(bus, **more)
    try:
        yield service
    finally:
        service.end()
