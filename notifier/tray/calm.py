"""Keeps the icon still: a check that is over at once is not shown, so the icon does not flicker every few minutes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from threading import Lock, Timer, current_thread
from typing import cast

from notifier.tray.face import State
from notifier.tray.interface import Balloons, Capability, Tray, View

PATIENCE = 0.8  # seconds a check takes before the icon says so


def calm(tray: Tray) -> Tray:
    """`tray` with a still icon, and with balloons where it has them."""
    return CalmBalloons(tray) if Capability.BALLOON in tray.capabilities else CalmTray(tray)


class CalmTray:
    """`interface.Tray` around another one."""

    def __init__(self, tray: Tray, patience: float = PATIENCE) -> None:
        self._tray = tray
        self._patience = patience
        self._shown: View | None = None
        self._later: Timer | None = None
        self._lock = Lock()

    @property
    def name(self) -> str:
        return self._tray.name

    @property
    def capabilities(self) -> frozenset[Capability]:
        return self._tray.capabilities

    def run(self, on_ready: Callable[[], None]) -> None:
        self._tray.run(on_ready)

    def show(self, view: View) -> None:
        """Shows `view` at once, but for the sign of a check that has only begun."""
        with self._lock:
            self._forget_later()
            before = self._shown
            if view.face.state is State.CHECKING and before is not None and before.face.state is not State.CHECKING:
                self._later = Timer(self._patience, self._show_now, (view,))
                self._later.daemon = True
                self._later.start()
                view = dataclasses.replace(view, face=before.face)
            self._pass_on(view)

    def stop(self) -> None:
        with self._lock:
            self._forget_later()
        self._tray.stop()

    def _show_now(self, view: View) -> None:
        with self._lock:
            if self._later is current_thread():  # not overtaken by a newer view meanwhile
                self._later = None
                self._pass_on(view)

    def _pass_on(self, view: View) -> None:
        self._shown = view
        self._tray.show(view)

    def _forget_later(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None


class CalmBalloons(CalmTray):
    """`interface.Balloons` around another one."""

    def notify(self, title: str, text: str) -> None:
        cast("Balloons", self._tray).notify(title, text)
