"""The tray of free desktops: the StatusNotifierItem first; an X11 dock window only while no panel takes that."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Lock, Thread, Timer

from notifier.tray.interface import Capability, OnAction, OnPresence, Presence, Tray, View
from notifier.tray.library import Unavailable

GRACE = 4.0  # seconds a panel gets, at login or restart, before the older way is tried beside

log = logging.getLogger(__name__)


class LinuxTray:
    """`interface.Tray` that is at most one icon: whichever way is seen first, the bus preferred."""

    def __init__(self, on_action: OnAction, on_presence: OnPresence, *, over_bus: bool, over_x: bool) -> None:
        """Raises Unavailable when pystray itself cannot be loaded."""
        self._on_action = on_action
        self._on_presence = on_presence
        self._over_x = over_x
        self._lock = Lock()
        self._view = View()
        self._stopped = Event()
        self._bus_presence = Presence.WAITING
        self._told: Presence | None = None
        self._grace: Timer | None = None
        self._dock: Tray | None = None
        self._sni = self._build_sni() if over_bus else None

    def _build_sni(self) -> Tray:
        from notifier.tray.sni.tray import SniTray

        return SniTray(self._on_action, self._bus_says)

    @property
    def name(self) -> str:
        """The way that is in use now."""
        with self._lock:
            current = self._dock or self._sni
        return "none" if current is None else current.name

    @property
    def capabilities(self) -> frozenset[Capability]:
        return frozenset({Capability.CLICK, Capability.MENU, Capability.TOOLTIP})

    def run(self, on_ready: Callable[[], None]) -> None:
        """Blocks until `stop`. Any thread will do."""
        if self._sni is None:
            self._start_dock()
            on_ready()
            self._stopped.wait()
        else:
            self._await_bus()
            self._sni.run(on_ready)
        self._stop_dock()

    def show(self, view: View) -> None:
        with self._lock:
            self._view = view
            dock = self._dock
        for tray in (self._sni, dock):
            if tray is not None:
                tray.show(view)

    def stop(self) -> None:
        self._stopped.set()
        self._cancel_grace()
        if self._sni is not None:
            self._sni.stop()
        self._stop_dock()

    # The bus says whether a panel shows the item; only its silence brings up the older way.

    def _bus_says(self, presence: Presence) -> None:
        self._bus_presence = presence
        if presence is Presence.SHOWN:
            self._cancel_grace()
            self._stop_dock()
        else:
            self._await_bus()
        self._tell()

    def _await_bus(self) -> None:
        with self._lock:
            idle = self._over_x and self._grace is None and self._dock is None and not self._stopped.is_set()
            if not idle or self._bus_presence is Presence.SHOWN:
                return
            self._grace = Timer(GRACE, self._start_dock)
            self._grace.daemon = True
            self._grace.start()

    def _cancel_grace(self) -> None:
        with self._lock:
            if self._grace is not None:
                self._grace.cancel()
                self._grace = None

    def _start_dock(self) -> None:
        try:
            from notifier.tray.xembed.tray import XembedTray

            dock = XembedTray(self._on_action, self._dock_says)
        except Unavailable as error:
            log.info("no X11 tray: %s", error.why)
            return
        with self._lock:
            self._grace = None
            if self._stopped.is_set() or (self._sni is not None and self._bus_presence is Presence.SHOWN):
                return
            self._dock = dock
        dock.show(self._view)
        Thread(target=dock.run, args=(lambda: None,), name="x11-tray", daemon=True).start()

    def _stop_dock(self) -> None:
        with self._lock:
            dock, self._dock = self._dock, None
        if dock is not None:
            dock.stop()

    def _dock_says(self, presence: Presence) -> None:
        self._tell(presence)

    def _tell(self, of_dock: Presence | None = None) -> None:
        """One presence for both: seen either way is seen."""
        seen = Presence.SHOWN in {self._bus_presence, of_dock}
        presence = Presence.SHOWN if seen else (of_dock or self._bus_presence)
        with self._lock:
            if presence is self._told:
                return
            self._told = presence
        self._on_presence(presence)
