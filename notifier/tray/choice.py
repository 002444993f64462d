"""Chooses the tray for this desktop, and keeps the reasons: what works here, what does not, and the remedy."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass

from notifier.tray.calm import calm
from notifier.tray.interface import OnAction, OnPresence, Presence, Probe, Tray
from notifier.tray.library import Unavailable, backend
from notifier.words import _


@dataclass(frozen=True, slots=True)
class Choice:
    """`tray` is None where no icon can ever appear; `probes` say why, one for each way that was looked at."""

    tray: Tray | None
    probes: tuple[Probe, ...]


def _nobody(_presence: Presence) -> None:
    """For callers that do not care whether the icon is seen."""


def choose(on_action: OnAction, on_presence: OnPresence = _nobody) -> Choice:
    """The tray to run here. Where a panel may still appear, it is one that waits for it (`Presence.WAITING`)."""
    if sys.platform == "win32":
        return _only(on_action, "Windows", _windows)
    if sys.platform == "darwin":
        return _only(on_action, "macOS", _macos)
    return _linux(on_action, on_presence)


def available() -> list[Probe]:
    """What `notifier doctor` shows about the tray. Asks the desktop, changes nothing."""
    if sys.platform == "win32":
        return [_loads("Windows", "win32")]
    if sys.platform == "darwin":
        return [_loads("macOS", "darwin")]
    return [probe for probe, _worth_waiting in (_probe_sni(), _probe_xembed())]


def _linux(on_action: OnAction, on_presence: OnPresence) -> Choice:
    probes: tuple[Probe, ...]
    sni, over_bus = _probe_sni()
    if sni.works:  # asking the X server would load its library for nothing
        probes, over_x = (sni,), _x11_session()
    else:
        xembed, over_x = _probe_xembed()
        probes = (sni, xembed)
    if not (over_bus or over_x):
        return Choice(None, probes)
    try:
        from notifier.tray.linux import LinuxTray

        return Choice(calm(LinuxTray(on_action, on_presence, over_bus=over_bus, over_x=over_x)), probes)
    except Unavailable as error:
        return Choice(None, (*probes, Probe("pystray", False, error.why, error.remedy)))


def _probe_sni() -> tuple[Probe, bool]:
    """Whether a panel shows StatusNotifierItems, and whether one that comes later could."""
    name = "StatusNotifierItem"
    try:
        from notifier.tray.sni.probe import host_is_there
    except ImportError as error:
        return Probe(name, False, _("The package jeepney is missing: {error}").format(error=error), "jeepney"), False
    try:
        there = host_is_there()
    except Unavailable as error:
        return Probe(name, False, error.why, error.remedy), False
    if there:
        return Probe(name, True, _("A panel of this desktop shows the icon.")), True
    return Probe(name, False, _("No panel of this desktop shows such icons (yet)."), _panel_remedy()), True


def _panel_remedy() -> str:
    desktop = os.environ.get("XDG_CURRENT_DESKTOP", "")
    if "GNOME" in desktop.split(":"):
        return _("Install the package gnome-shell-extension-appindicator, switch it on, and log in again.")
    return _("Add the system tray (“notification area”, “status notifier”) to your panel.")


def _probe_xembed() -> tuple[Probe, bool]:
    """The same for the older way over X11. It is not waited for on Wayland, where no panel speaks it."""
    name = "XEMBED"
    if not os.environ.get("DISPLAY"):
        return Probe(name, False, _("There is no X display.")), False
    try:
        from notifier.tray.xembed.probe import manager_is_there

        if manager_is_there():
            return Probe(name, True, _("A panel with an X11 tray is there.")), True
    except Unavailable as error:
        return Probe(name, False, error.why, error.remedy), False
    return Probe(name, False, _("No panel on this display has an X11 tray (yet).")), _x11_session()


def _x11_session() -> bool:
    return bool(os.environ.get("DISPLAY")) and not os.environ.get("WAYLAND_DISPLAY")


def _only(on_action: OnAction, name: str, build: Callable[[OnAction], Tray]) -> Choice:
    try:
        return Choice(calm(build(on_action)), (Probe(name, True, _("The icon is shown by pystray.")),))
    except Unavailable as error:
        return Choice(None, (Probe(name, False, error.why, error.remedy),))


def _loads(name: str, backend_name: str) -> Probe:
    try:
        backend(backend_name)
    except Unavailable as error:
        return Probe(name, False, error.why, error.remedy)
    return Probe(name, True, _("The icon is shown by pystray."))


def _windows(on_action: OnAction) -> Tray:
    from notifier.tray.windows import WindowsTray

    return WindowsTray(on_action)


def _macos(on_action: OnAction) -> Tray:
    from notifier.tray.macos import MacTray

    return MacTray(on_action)
