"""The one small interface every tray backend has, and the values that cross it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from notifier.tray.actions import Action
from notifier.tray.face import Face
from notifier.tray.menu import Item


class Capability(StrEnum):
    """What a backend can do beyond showing a picture."""

    CLICK = "click"  # a left click on the icon arrives as `Click`
    MENU = "menu"
    TOOLTIP = "tooltip"
    BALLOON = "balloon"  # alerts can be shown by the icon itself (`Balloons`)


class Presence(StrEnum):
    """Whether a person can see the icon now."""

    SHOWN = "shown"
    WAITING = "waiting"  # no tray host yet: shown as soon as one appears
    LOST = "lost"  # the way to the desktop is gone; tried again


@dataclass(frozen=True, slots=True)
class View:
    """The tray's whole look. `menu_on_click`: a left click opens the menu instead of reporting `Click`."""

    face: Face = field(default_factory=Face)
    tooltip: str = "Notifier"
    menu: tuple[Item, ...] = ()
    menu_on_click: bool = True


@dataclass(frozen=True, slots=True)
class Probe:
    """Whether a backend works here, and why (not): the reasons `notifier doctor` shows. `remedy` may be empty."""

    name: str
    works: bool
    why: str
    remedy: str = ""


OnAction = Callable[[Action], None]
OnPresence = Callable[[Presence], None]


class Tray(Protocol):
    """A tray backend, built with an `OnAction` and an `OnPresence`. It calls both from threads of its own.

    A callback must return soon (put the work elsewhere): while it runs, the icon answers nothing.
    """

    @property
    def name(self) -> str:
        """The way the icon is shown, for `notifier doctor` and `notifier status`."""

    @property
    def capabilities(self) -> frozenset[Capability]: ...

    def run(self, on_ready: Callable[[], None]) -> None:
        """Shows the icon; blocks until `stop`. Call it from the main thread: macOS allows no other.

        `on_ready` is called once, from another thread, when `show` takes effect; the program's work starts there.
        """

    def show(self, view: View) -> None:
        """From any thread, at any time, also before `run`. Draws only what differs from the view before."""

    def stop(self) -> None:
        """From any thread; `run` returns soon after. Harmless when called twice or before `run`."""


class Balloons(Protocol):
    """What a tray with `Capability.BALLOON` has beside: alerts that the icon shows itself (Windows)."""

    def notify(self, title: str, text: str) -> None:
        """Shows an alert beside the icon; `title` and `text` are clipped to what the system takes."""
