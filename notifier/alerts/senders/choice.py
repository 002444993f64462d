"""Which way alerts take here: one ranked list for each platform, and the reasons for `notifier doctor`."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from notifier.alerts.senders.plain import Log, Terminal
from notifier.alerts.senders.seam import NotDelivered, OnAnswer, Sender
from notifier.alerts.senders.sounding import Sounding
from notifier.errors import NotifierError
from notifier.words import _


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a sender may need. `on_answer` and `on_ready` are called on threads of the senders'.

    `balloon` is the tray icon's own `notify(title, text)`, where it has one. `terminal`: the user wants alerts there
    and nowhere else; `last_resort`: there, when no other way is to be had. `png` and `ico` are the program's picture.
    """

    on_answer: OnAnswer = lambda _answer: None
    on_ready: Callable[[], None] | None = None
    balloon: Callable[[str, str], None] | None = None
    terminal: TextIO | None = None
    last_resort: TextIO | None = None
    png: Path | None = None
    ico: Path | None = None
    platform: str = sys.platform


@dataclass(frozen=True, slots=True)
class Probe:
    """Whether a way works here, and why (not); `remedy`, where there is one, says what would make it work."""

    name: str
    works: bool
    why: str
    remedy: str = ""


class UnusableError(NotifierError):
    """A way that is not to be had here."""

    def __init__(self, why: str, remedy: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.remedy = remedy


def choose(around: Surroundings) -> Sender:
    """The first way of the ranked list that is to be had here. The last one, terminal or log, always is."""
    if around.terminal is not None:
        return Sounding(Terminal(around.terminal))
    for _name, build, _check in ranks(around.platform):
        try:
            sender = build(around)
        except UnusableError:
            continue
        return _at_last(around) if isinstance(sender, Log) else Sounding(sender)
    return _at_last(around)


def _at_last(around: Surroundings) -> Sender:
    return Log() if around.last_resort is None else Sounding(Terminal(around.last_resort))


def probes(around: Surroundings) -> list[Probe]:
    """Every way in its rank, tried without showing anything."""
    found: list[Probe] = []
    for name, build, check in ranks(around.platform):
        try:
            sender = build(around)
            try:
                found.append(Probe(name, True, check(sender)))
            finally:
                sender.stop()
        except UnusableError as error:
            found.append(Probe(name, False, error.why, error.remedy))
        except NotDelivered as error:
            found.append(Probe(name, False, str(error), _REMEDIES.get(name, "")))
    return found


Rank = tuple[str, Callable[[Surroundings], Sender], Callable[[Sender], str]]


def ranks(platform: str) -> tuple[Rank, ...]:
    """Name, how to build it (raises UnusableError), and how to see whether it would show something now."""
    plyer: Rank = ("plyer", _plyer, _plyer_means)
    log: Rank = ("log", lambda _around: Log(), lambda _sender: _("alerts are written to the log"))
    if platform == "win32":
        return ("tray icon", _balloon, _as_named), plyer, log
    if platform == "darwin":
        return ("osascript", _osascript, _as_named), plyer, log
    return ("desktop", _freedesktop, _service_now), plyer, log


_REMEDIES = {
    "desktop": "Start a notification service, for example by installing the package dunst or xfce4-notifyd.",
}


def _freedesktop(around: Surroundings) -> Sender:
    if importlib.util.find_spec("jeepney") is None:
        raise UnusableError(_("The Python package jeepney is missing."), "pip install jeepney")
    from notifier.alerts.senders.freedesktop import Freedesktop
    from notifier.system.bus import BusGoneError, address

    try:
        address("session")
    except BusGoneError as error:
        raise UnusableError(str(error), _("Start the program from within a desktop session.")) from error
    return Freedesktop(around.on_answer, image=around.png, on_ready=around.on_ready)


def _service_now(sender: Sender) -> str:
    from notifier.alerts.senders.freedesktop import Freedesktop

    if not isinstance(sender, Freedesktop):
        raise TypeError(sender)
    service = sender.service()
    abilities = ", ".join(sorted(service.capabilities)) or _("nothing but a title")
    return _("{name} {version} can do: {abilities}").format(
        name=service.name, version=service.version, abilities=abilities
    )


def _plyer(around: Surroundings) -> Sender:
    if importlib.util.find_spec("plyer") is None:
        raise UnusableError(_("The Python package plyer is missing."), "pip install plyer")
    from notifier.alerts.senders.plyer import Plyer, means

    try:
        means()
    except NotDelivered as error:
        raise UnusableError(str(error), _PLYER_REMEDIES.get(around.platform, "")) from error
    linux = around.platform not in {"win32", "darwin"}
    if linux and not _bus_is_named():
        raise UnusableError(_("There is no session bus, so nothing would show them."))
    return Plyer(icon=around.ico if around.platform == "win32" else around.png, reachable=heard if linux else None)


_PLYER_REMEDIES = {"linux": "Install the package libnotify-bin.", "darwin": "pip install pyobjus"}


def _plyer_means(_sender: Sender) -> str:
    from notifier.alerts.senders.plyer import means

    if not heard():
        raise NotDelivered(_("No notification service runs on this desktop."))
    return means()


def _bus_is_named() -> bool:
    """Whether this session has a bus at all, or nobody knows; without one no service will ever come."""
    if importlib.util.find_spec("jeepney") is None:
        return True
    from notifier.system.bus import BusGoneError, address

    try:
        return bool(address("session"))
    except BusGoneError:
        return False


def heard() -> bool:
    """Whether an alert sent blindly would be shown; True where that cannot be known."""
    if sys.platform in {"win32", "darwin"} or importlib.util.find_spec("jeepney") is None:
        return True
    from notifier.system.bus import Bus, BusGoneError

    name = "org.freedesktop.Notifications"
    try:
        bus = Bus("session")
    except BusGoneError:
        return False
    try:
        return bool(bus.owner(name)) or bus.can_start(name)
    except BusGoneError:
        return False
    finally:
        bus.close()


def _balloon(around: Surroundings) -> Sender:
    if around.balloon is None:
        raise UnusableError(_("The tray icon is not shown, or has no alerts of its own."))
    from notifier.alerts.senders.balloon import Balloon

    return Balloon(around.balloon)


def _osascript(_around: Surroundings) -> Sender:
    import shutil

    if shutil.which("osascript") is None:
        raise UnusableError(_("The program osascript is missing."))
    from notifier.alerts.senders.osascript import Osascript

    return Osascript()


def _as_named(sender: Sender) -> str:
    return sender.name
