"""A D-Bus connection for asking and listening: calls from any thread, one thread that reads and otherwise sleeps."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from jeepney import (
    DBusAddress,
    DBusErrorResponse,
    HeaderFields,
    Message,
    MessageFlag,
    MessageType,
    message_bus,
    new_error,
    new_method_call,
)
from jeepney.bus import get_connectable_addresses
from jeepney.io.blocking import DBusConnection, prep_socket

from notifier.errors import NotifierError

log = logging.getLogger(__name__)

SYSTEM_SOCKET = "unix:path=/run/dbus/system_bus_socket"
GREETING = 3.0  # seconds a bus has to answer a new connection
ANSWER = 10.0  # seconds a service has to answer a call, its start by the bus included

Body = tuple[Any, ...]


class BusGoneError(NotifierError):
    """There is no such bus, or the connection to it ended."""


class CallFailedError(NotifierError):
    """A call was answered by an error, or not at all. `error` is the D-Bus name of the error, empty: no answer."""

    def __init__(self, error: str, text: str) -> None:
        super().__init__(f"{error}: {text}" if error else text)
        self.error = error


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal that was listened for. `sender` is the unique name of who sent it."""

    sender: str
    path: str
    member: str
    body: Body


@dataclass(frozen=True, slots=True)
class Rule:
    """Which signals to listen for. `sender` is for the bus alone: it knows who stands behind a well-known name."""

    interface: str
    member: str
    sender: str = ""
    path: str = ""
    arg0: str = ""

    def __str__(self) -> str:
        parts = {"type": "signal", "sender": self.sender, "interface": self.interface, "member": self.member}
        parts |= {"path": self.path, "arg0": self.arg0}
        return ",".join(f"{key}='{value}'" for key, value in parts.items() if value)

    def fits(self, interface: str, signal: Signal) -> bool:
        return (
            (interface, signal.member) == (self.interface, self.member)
            and self.path in {"", signal.path}
            and self.arg0 in {"", *signal.body[:1]}
        )


@dataclass(slots=True)
class _Waiting:
    """A call whose reply is still to come."""

    on_reply: Callable[[str, Body], None] | None
    done: threading.Event
    on_failure: Callable[[None], None] | None = None
    reply: Message | None = None


class Bus:
    """One connection. Its callbacks run on the reading thread: they must return soon and must not `call`."""

    def __init__(self, which: Literal["session", "system"], on_lost: Callable[[], None] | None = None) -> None:
        """Connects. `on_lost` is called once when the connection ends by itself. Raises BusGoneError."""
        self._connection = _connect(address(which))
        self._on_lost = on_lost
        self._waiting: dict[int, _Waiting] = {}
        self._listeners: list[tuple[Rule, Callable[[Signal], None]]] = []
        self._sending = threading.Lock()
        self._closed = False
        self._reader = threading.Thread(target=self._read, name=f"{which}-bus", daemon=True)
        self._reader.start()

    @property
    def alive(self) -> bool:
        return self._reader.is_alive() and not self._closed

    def call(
        self,
        to: DBusAddress,
        member: str,
        signature: str = "",
        body: Body = (),
        *,
        timeout: float = ANSWER,
        on_reply: Callable[[str, Body], None] | None = None,
    ) -> Body:
        """Calls a method and gives what it returns.

        `on_reply(sender, body)` runs on the reading thread before any later message is looked at: whoever matches
        signals against what a call returned needs that order. Raises CallFailedError or BusGoneError.
        """
        serial = next(self._connection.outgoing_serial)
        waiting = self._waiting[serial] = _Waiting(on_reply, threading.Event())
        try:
            self._send(new_method_call(to, member, signature or None, body), serial)
            if not waiting.done.wait(timeout):
                raise CallFailedError("", f"{to.bus_name} did not answer in time")
        finally:
            self._waiting.pop(serial, None)
        return _result(waiting.reply)

    def post(self, to: DBusAddress, member: str, signature: str, body: Body) -> None:
        """Calls a method whose result does not matter; allowed on the reading thread too. Never raises."""
        message = new_method_call(to, member, signature, body)
        message.header.flags |= MessageFlag.no_reply_expected
        try:
            self._send(message)
        except BusGoneError:
            log.debug("the bus is gone; %s was not said", member)

    def look_up(self, to: DBusAddress, name: str, on_value: Callable[[Any], None]) -> None:
        """Hands the property `name` of `to` to `on_value` when the answer comes, None when it cannot be had.

        Starts no service. Allowed on the reading thread too. Never raises.
        """
        of = DBusAddress(to.object_path, to.bus_name, "org.freedesktop.DBus.Properties")
        message = new_method_call(of, "Get", "ss", (to.interface, name))
        message.header.flags |= MessageFlag.no_auto_start
        serial = next(self._connection.outgoing_serial)
        self._waiting[serial] = _Waiting(lambda _sender, body: on_value(body[0][1]), threading.Event(), on_value)
        try:
            self._send(message, serial)
        except BusGoneError:
            self._waiting.pop(serial, None)
            on_value(None)

    def owner(self, name: str) -> str:
        """The unique name of who offers `name` now, empty when nobody does. Starts nothing. Raises BusGoneError."""
        try:
            return str(self.call(_BUS, "GetNameOwner", "s", (name,))[0])
        except CallFailedError:
            return ""

    def can_start(self, name: str) -> bool:
        """Whether the bus would start a service for `name` when it is called. Raises BusGoneError."""
        try:
            return name in self.call(_BUS, "ListActivatableNames")[0]
        except CallFailedError:
            return False

    def listen(self, rule: Rule, handler: Callable[[Signal], None]) -> None:
        """Hands every signal that fits `rule` to `handler`. Raises CallFailedError or BusGoneError."""
        self._listeners.append((rule, handler))
        self.call(_BUS, "AddMatch", "s", (str(rule),))

    def listen_for_owner(self, name: str, handler: Callable[[str], None]) -> None:
        """Tells `handler` the unique name of each new owner of `name`, "" when there is none. Raises as `listen`."""
        rule = Rule(_BUS.interface, "NameOwnerChanged", sender=_BUS.bus_name, path=_BUS.object_path, arg0=name)
        self.listen(rule, lambda signal: handler(signal.body[2]))

    def close(self) -> None:
        """Ends the connection; `on_lost` is not called. May be called twice and from any thread."""
        self._closed = True
        try:
            self._connection.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            log.debug("the bus was gone already")
        if threading.current_thread() is not self._reader:
            self._reader.join(timeout=2)

    def _send(self, message: Message, serial: int | None = None) -> None:
        try:
            with self._sending:
                self._connection.send(message, serial=serial)
        except (OSError, ValueError) as error:  # ValueError: the socket is closed
            raise BusGoneError(str(error)) from error

    def _read(self) -> None:
        while True:
            try:
                message = self._connection.receive()
            except Exception:
                log.debug("the bus connection ended", exc_info=True)
                break
            try:
                self._handle(message)
            except Exception:
                log.exception("a message on the bus could not be handled")
        self._connection.close()
        for waiting in list(self._waiting.values()):
            waiting.done.set()
        if not self._closed and self._on_lost is not None:
            self._on_lost()

    def _handle(self, message: Message) -> None:
        kind, fields = message.header.message_type, message.header.fields
        if kind is MessageType.method_call:
            if not message.header.flags & MessageFlag.no_reply_expected:
                unknown = "org.freedesktop.DBus.Error.UnknownMethod"
                self._send(new_error(message, unknown, "s", ("Nothing is offered here.",)))
        elif kind is MessageType.signal:
            self._heard(message)
        else:
            # The first reply counts: mako 1.7 sends an error after each good answer to GetCapabilities.
            waiting = self._waiting.pop(fields.get(HeaderFields.reply_serial, -1), None)
            if waiting is not None:
                waiting.reply = message
                if kind is MessageType.method_return and waiting.on_reply is not None:
                    waiting.on_reply(fields.get(HeaderFields.sender, ""), message.body)
                elif kind is MessageType.error and waiting.on_failure is not None:
                    waiting.on_failure(None)
                waiting.done.set()

    def _heard(self, message: Message) -> None:
        fields = message.header.fields
        signal = Signal(
            fields.get(HeaderFields.sender, ""),
            fields.get(HeaderFields.path, ""),
            fields.get(HeaderFields.member, ""),
            message.body,
        )
        for rule, handler in list(self._listeners):
            if rule.fits(fields.get(HeaderFields.interface, ""), signal):
                handler(signal)


_BUS = DBusAddress(message_bus.object_path, message_bus.bus_name, message_bus.interface)


def address(which: Literal["session", "system"]) -> str:
    """Where a bus listens: the environment's word, else the usual place. Raises BusGoneError."""
    named = os.environ.get(f"DBUS_{which.upper()}_BUS_ADDRESS", "")
    if named:
        return named
    if which == "system":
        return SYSTEM_SOCKET
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and Path(runtime, "bus").exists():
        return f"unix:path={runtime}/bus"
    raise BusGoneError("there is no session bus (DBUS_SESSION_BUS_ADDRESS is not set)")


def _connect(where: str) -> DBusConnection:
    """Tries every place that `where` names. Raises BusGoneError."""
    reason: Exception | None = None
    try:
        for place in get_connectable_addresses(where):
            try:
                return DBusConnection(prep_socket(place, timeout=GREETING))
            except (OSError, ValueError, DBusErrorResponse) as error:
                reason = error
    except (ValueError, RuntimeError) as error:  # an address in no form that is known here
        reason = error
    raise BusGoneError(f"the bus at {where} does not answer: {reason}") from reason


def _result(reply: Message | None) -> Body:
    if reply is None:
        raise BusGoneError("the bus connection ended")
    if reply.header.message_type is MessageType.error:
        text = str(reply.body[0]) if reply.body else ""
        raise CallFailedError(reply.header.fields.get(HeaderFields.error_name, ""), text)
    return tuple(reply.body)
