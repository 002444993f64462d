"""The session bus: one connection that answers calls on our objects, sends signals, and notices who comes and goes."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, Protocol

from jeepney import (
    DBusAddress,
    HeaderFields,
    MatchRule,
    Message,
    MessageFlag,
    MessageType,
    message_bus,
    new_error,
    new_method_call,
    new_method_return,
    new_signal,
)
from jeepney.io.blocking import DBusConnection, prep_socket

from notifier.errors import NotifierError

PROPERTIES = "org.freedesktop.DBus.Properties"
INTROSPECTABLE = "org.freedesktop.DBus.Introspectable"
UNKNOWN_METHOD = "org.freedesktop.DBus.Error.UnknownMethod"
AUTHENTICATION = 5.0  # seconds until a bus that does not greet counts as absent

Variant = tuple[str, Any]
Answer = tuple[str, tuple[Any, ...]]
"""What a call returns: the signature and the values."""

OnReply = Callable[[tuple[Any, ...] | None], None]
"""Gets the reply's values, or None when the call failed."""

log = logging.getLogger(__name__)


class BusGone(NotifierError):
    """There is no session bus to be had (any more)."""


class Exported(Protocol):
    """An object of ours on the bus."""

    path: str
    interface: str
    introspection: str

    def properties(self) -> dict[str, Variant]: ...

    def call(self, member: str, body: tuple[Any, ...]) -> Answer | None:
        """Answers a call of one of the interface's methods; None: there is no such method."""


def address() -> str:
    """Where the session bus listens: the environment's word, else the place systemd puts it. Raises BusGone."""
    named = os.environ.get("DBUS_SESSION_BUS_ADDRESS", "")
    if named:
        return named
    default = f"{os.environ.get('XDG_RUNTIME_DIR') or '/nonexistent'}/bus"
    if not os.path.exists(default):  # noqa: PTH110 - the address is text, not a path to work with
        raise BusGone("no session bus: DBUS_SESSION_BUS_ADDRESS is not set")
    return f"unix:path={default}"


class Bus:
    """One connection. `serve` reads it in one thread; everything else may be called from any thread."""

    def __init__(self) -> None:
        """Connects. Raises BusGone."""
        with _gone_when_failing():
            from jeepney.bus import get_bus

            self._connection = DBusConnection(prep_socket(get_bus(address()), timeout=AUTHENTICATION))
        self.name: str = self._connection.unique_name
        self._objects: dict[str, Exported] = {}
        self._owner_watchers: dict[str, Callable[[bool], None]] = {}
        self._signal_handlers: dict[tuple[str, str], Callable[[tuple[Any, ...]], None]] = {}
        self._replies: dict[int, OnReply] = {}
        self._lock = Lock()

    def export(self, thing: Exported) -> None:
        self._objects[thing.path] = thing

    def emit(self, thing: Exported, member: str, signature: str = "", body: tuple[Any, ...] = ()) -> None:
        """Sends a signal of one of our objects."""
        self._send(new_signal(DBusAddress(thing.path, interface=thing.interface), member, signature or None, body))

    def call(self, to: DBusAddress, member: str, signature: str, body: tuple[Any, ...], on_reply: OnReply) -> None:
        """Calls a method elsewhere; `on_reply` runs in the serving thread."""
        serial = next(self._connection.outgoing_serial)
        self._replies[serial] = on_reply
        self._send(new_method_call(to, member, signature, body), serial)

    def watch_owner(self, name: str, on_change: Callable[[bool], None]) -> None:
        """Tells `on_change` whenever the well-known `name` gets an owner (True) or loses it (False)."""
        self._owner_watchers[name] = on_change
        rule = MatchRule(
            type="signal",
            sender=message_bus.bus_name,
            interface=message_bus.interface,
            member="NameOwnerChanged",
            path=message_bus.object_path,
        )
        rule.add_arg_condition(0, name)
        self._send(message_bus.AddMatch(rule))

    def watch_signal(self, interface: str, member: str, handler: Callable[[tuple[Any, ...]], None]) -> None:
        self._signal_handlers[interface, member] = handler
        self._send(message_bus.AddMatch(MatchRule(type="signal", interface=interface, member=member)))

    def serve(self) -> None:
        """Answers until the connection ends, by `close` or because the bus is gone. Sleeps while nothing comes."""
        while True:
            try:
                message = self._connection.receive()
            except (OSError, EOFError, ValueError):  # ValueError: the socket was closed while we waited
                break
            try:
                self._handle(message)
            except Exception:
                log.exception("a message on the bus could not be handled")
        self._connection.close()

    def close(self) -> None:
        """Ends `serve`, from any thread."""
        try:
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            log.debug("the bus was closed already")

    def _send(self, message: Message, serial: int | None = None) -> None:
        """Lost messages are no error here: the reading side sees the end of the connection and acts on it."""
        try:
            with self._lock:
                self._connection.send(message, serial=serial)
        except (OSError, ValueError) as error:
            log.debug("nothing can be sent to the bus: %s", error)

    def _handle(self, message: Message) -> None:
        kind, fields = message.header.message_type, message.header.fields
        if kind is MessageType.method_call:
            self._answer(message)
        elif kind is MessageType.signal:
            self._heard(fields.get(HeaderFields.interface), fields.get(HeaderFields.member), message.body)
        else:
            on_reply = self._replies.pop(fields.get(HeaderFields.reply_serial, -1), None)
            if on_reply is not None:
                on_reply(message.body if kind is MessageType.method_return else None)

    def _heard(self, interface: str | None, member: str | None, body: tuple[Any, ...]) -> None:
        if member == "NameOwnerChanged" and body[0] in self._owner_watchers:
            self._owner_watchers[body[0]](bool(body[2]))
        handler = self._signal_handlers.get((interface or "", member or ""))
        if handler is not None:
            handler(body)

    def _answer(self, message: Message) -> None:
        try:
            answer = self._called(message)
        except Exception:
            log.exception("a call on the bus could not be answered")
            answer = None
        if message.header.flags & MessageFlag.no_reply_expected:
            return
        if answer is None:
            self._send(new_error(message, UNKNOWN_METHOD, "s", ("There is no such method here.",)))
        else:
            self._send(new_method_return(message, answer[0] or None, answer[1]))

    def _called(self, message: Message) -> Answer | None:
        fields = message.header.fields
        interface, member = fields.get(HeaderFields.interface), fields[HeaderFields.member]
        thing = self._objects.get(fields[HeaderFields.path])
        if thing is None:
            return None
        if interface == INTROSPECTABLE:
            return "s", (thing.introspection,)
        if interface == PROPERTIES:
            return _property_call(thing, member, message.body)
        return thing.call(member, message.body) if interface in {None, thing.interface} else None


def _property_call(thing: Exported, member: str, body: tuple[Any, ...]) -> Answer | None:
    known = thing.properties() if body[0] == thing.interface else {}
    if member == "GetAll":
        return "a{sv}", (known,)
    if member == "Get" and body[1] in known:
        return "v", (known[body[1]],)
    return None


@contextmanager
def _gone_when_failing() -> Iterator[None]:
    try:
        yield
    except BusGone:
        raise
    except Exception as error:  # a malformed address raises ValueError, a silent bus TimeoutError, and so on
        raise BusGone(f"the session bus does not answer: {error or type(error).__name__}") from error
