"""Alerts on Linux and BSD: `org.freedesktop.Notifications` over D-Bus, with buttons, one alert for each key.

The service may be absent, start late, be restarted or replaced by another at any time: its alerts are then forgotten,
its abilities asked for anew, and what could not be shown stays due.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jeepney import DBusAddress

from notifier.alerts.alert import DISMISSED, Alert, Answer
from notifier.alerts.senders.seam import Abilities, NotDelivered, OnAnswer
from notifier.system.bus import ANSWER, Bus, BusGoneError, CallFailedError, Rule, Signal
from notifier.words import _

log = logging.getLogger(__name__)

NAME = "org.freedesktop.Notifications"
SERVICE = DBusAddress("/org/freedesktop/Notifications", NAME, NAME)
DESKTOP_ENTRY = "notifier"  # the name of our .desktop file: desktops show its name and icon, and keep settings by it
SOUND = "message-new-email"  # from the freedesktop sound naming specification
_DISMISSED_BY_USER = 2  # reason in NotificationClosed
_AS_THE_SERVER_LIKES = -1  # expire_timeout
# Draws the action for a click on the text as a button too; the same label on a second button is one too many.
_DEFAULT_IS_A_BUTTON = frozenset({"Xfce Notify Daemon"})


@dataclass(frozen=True, slots=True)
class Service:
    """Who shows the alerts now, and what it can do."""

    name: str
    version: str
    capabilities: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Shown:
    key: str
    account: str
    default: str


class Freedesktop:
    """Sends alerts to the desktop's notification service.

    `on_ready` is called, on a thread of its own, when a service appears: what is due can be tried again then.
    """

    def __init__(
        self, on_answer: OnAnswer, *, image: Path | None = None, on_ready: Callable[[], None] | None = None
    ) -> None:
        self._on_answer = on_answer
        self._on_ready = on_ready
        self._image = str(image) if image else ""
        self._lock = threading.Lock()
        self._bus: Bus | None = None
        self._owner = ""
        self._service: Service | None = None
        self._shown: dict[int, _Shown] = {}
        self._tokens: dict[int, str] = {}
        try:
            self._connected()  # so that a service that appears is noticed from the start
        except (BusGoneError, CallFailedError) as error:
            log.debug("no notifications yet: %s", error)

    @property
    def name(self) -> str:
        service = self._service
        return f"desktop notifications ({service.name} {service.version})" if service else "desktop notifications"

    @property
    def abilities(self) -> Abilities:
        can = self._service.capabilities if self._service else frozenset()
        return Abilities(buttons="actions" in can, replaces=True, closes=True, sound="sound" in can)

    def service(self) -> Service:
        """Who would show an alert now; started by the bus if need be. Raises NotDelivered."""
        try:
            bus = self._connected()
            if self._service is None:
                self._service = _ask_service(bus)
        except (BusGoneError, CallFailedError) as error:
            raise NotDelivered(_why(error)) from error
        return self._service

    def send(self, alert: Alert) -> None:
        service = self.service()
        can = service.capabilities
        try:
            self._connected().call(
                SERVICE,
                "Notify",
                "susssasa{sv}i",
                (
                    "Notifier",
                    self._id_of(alert.key),
                    self._image,
                    _summary(alert, can),
                    _body(alert, can),
                    _actions(alert, service),
                    self._hints(alert, can),
                    _AS_THE_SERVER_LIKES,
                ),
                timeout=ANSWER,
                on_reply=lambda sender, body: self._was_shown(alert, sender, body[0]),
            )
        except (BusGoneError, CallFailedError) as error:
            self._service = None  # asked again: it may be another one next time
            raise NotDelivered(_why(error)) from error

    def close(self, key: str) -> None:
        number, bus = self._id_of(key), self._bus
        if number and bus is not None:
            self._forget(number)
            bus.post(SERVICE, "CloseNotification", "u", (number,))

    def stop(self) -> None:
        bus, self._bus = self._bus, None
        if bus is None:
            return
        for number in list(self._shown):
            bus.post(SERVICE, "CloseNotification", "u", (number,))
        self._shown.clear()
        bus.close()

    # --- the connection -------------------------------------------------------------------------------------------

    def _connected(self) -> Bus:
        """The connection, made anew where it was lost. Raises BusGoneError, CallFailedError."""
        if self._bus is not None and self._bus.alive:
            return self._bus
        self._service_is_gone("")
        bus = Bus("session", on_lost=lambda: self._service_is_gone(""))
        try:
            for member in ("ActionInvoked", "NotificationClosed", "ActivationToken"):
                bus.listen(Rule(NAME, member, path=SERVICE.object_path), self._heard)
            bus.listen_for_owner(NAME, self._new_owner)
        except (BusGoneError, CallFailedError):
            bus.close()
            raise
        self._bus = bus
        return bus

    def _new_owner(self, owner: str) -> None:
        self._service_is_gone(owner)
        if owner and self._on_ready is not None:
            # Not on the bus's own thread: whoever is told may well send at once.
            threading.Thread(target=self._on_ready, name="alerts-ready", daemon=True).start()

    def _service_is_gone(self, owner: str) -> None:
        """Its numbers mean nothing any more: another service counts from one again, and may serve others too."""
        with self._lock:
            self._owner, self._service = owner, None
            self._shown.clear()
            self._tokens.clear()

    # --- what is shown --------------------------------------------------------------------------------------------

    def _id_of(self, key: str) -> int:
        with self._lock:
            return next((number for number, shown in self._shown.items() if shown.key == key), 0)

    def _was_shown(self, alert: Alert, sender: str, number: int) -> None:
        with self._lock:
            for old in [n for n, shown in self._shown.items() if shown.key == alert.key]:
                del self._shown[old]
            self._owner = sender
            self._shown[number] = _Shown(alert.key, alert.account, alert.default)

    def _forget(self, number: int) -> tuple[_Shown | None, str]:
        with self._lock:
            return self._shown.pop(number, None), self._tokens.pop(number, "")

    def _heard(self, signal: Signal) -> None:
        """A signal of the service. It tells everybody about everybody's alerts: only ours matter."""
        if signal.sender != self._owner or len(signal.body) != 2 or signal.body[0] not in self._shown:
            return
        number, what = signal.body
        if signal.member == "ActivationToken":
            self._tokens[number] = str(what)
            return
        shown, token = self._forget(number)
        if shown is None:
            return
        if signal.member == "ActionInvoked":
            if self._bus is not None:
                self._bus.post(SERVICE, "CloseNotification", "u", (number,))
            action = shown.default if what == "default" else str(what)
            self._on_answer(Answer(shown.key, shown.account, action, token))
        elif what == _DISMISSED_BY_USER:
            self._on_answer(Answer(shown.key, shown.account, DISMISSED))

    def _hints(self, alert: Alert, can: frozenset[str]) -> dict[str, tuple[str, Any]]:
        # Never x-canonical-private-synchronous beside a replaced id: mako 1.7 crashes on the two together.
        hints: dict[str, tuple[str, Any]] = {
            "urgency": ("y", int(alert.urgency)),
            "category": ("s", alert.category),
            "desktop-entry": ("s", DESKTOP_ENTRY),
        }
        if self._image:
            hints["image-path"] = ("s", self._image)
        if alert.sound and "sound" in can:
            hints["sound-name"] = ("s", SOUND)
        return hints


def _ask_service(bus: Bus) -> Service:
    name, _vendor, version, _spec = bus.call(SERVICE, "GetServerInformation")
    (capabilities,) = bus.call(SERVICE, "GetCapabilities")
    return Service(str(name), str(version), frozenset(capabilities))


def _summary(alert: Alert, can: frozenset[str]) -> str:
    """Never markup, whatever the service can do. A service without bodies gets everything here."""
    if "body" in can or not alert.body:
        return alert.summary
    return f"{alert.summary}: {' '.join(alert.body.split())}"


def _body(alert: Alert, can: frozenset[str]) -> str:
    if "body" not in can:
        return ""
    return _escaped(alert.body) if "body-markup" in can else alert.body


def _escaped(text: str) -> str:
    """As `html.escape` does it, whose module brings a table of all entities into memory."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _actions(alert: Alert, service: Service) -> list[str]:
    """Pairs of id and label. Services without buttons may show a dialog instead, so they get none."""
    if "actions" not in service.capabilities or not alert.actions:
        return []
    labels = {action.id: action.label for action in alert.actions}
    default = labels.get(alert.default, _("Open"))
    if service.name in _DEFAULT_IS_A_BUTTON:
        labels.pop(alert.default, None)
    return [text for pair in [("default", default), *labels.items()] for text in pair]


def _why(error: BusGoneError | CallFailedError) -> str:
    if isinstance(error, CallFailedError) and error.error in _NOBODY:
        return _("No notification service runs on this desktop.")
    return _("The desktop's notification service does not work: {reason}").format(reason=error)


_SPAWN = ("ServiceNotFound", "ExecFailed", "ChildExited", "ChildSignaled", "Failed")
_NOBODY = frozenset(
    f"org.freedesktop.DBus.Error.{name}"
    for name in ("ServiceUnknown", "NameHasNoOwner", *(f"Spawn.{how}" for how in _SPAWN))
)
