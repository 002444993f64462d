"""`interface.Tray` over the mended X11 icon."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any

from notifier.tray.interface import Capability, OnAction, OnPresence, View
from notifier.tray.library import Unavailable


class XembedTray:
    """Loads pystray's xorg backend and Pillow when built. Raises Unavailable when there is no display."""

    name = "XEMBED"
    capabilities = frozenset({Capability.CLICK, Capability.MENU, Capability.TOOLTIP})

    def __init__(self, on_action: OnAction, on_presence: OnPresence) -> None:
        try:
            from notifier.tray.xembed.dock import DockIcon
        except ImportError as error:
            raise Unavailable(f"the X11 tray cannot be loaded: {error}") from error
        try:
            self._icon = DockIcon("notifier", on_action, on_presence)
        except Exception as error:  # the display may be gone since it was looked at
            raise Unavailable(f"the X display does not answer: {error}") from error
        self._view: View | None = None
        self._lock = Lock()

    def run(self, on_ready: Callable[[], None]) -> None:
        """Blocks until `stop` or until the display is gone. Any thread will do."""
        if self._view is None:
            self.show(View())

        def ready(icon: Any) -> None:
            icon.visible = True
            on_ready()

        self._icon.run(ready)

    def show(self, view: View) -> None:
        with self._lock:
            before, self._view = self._view, view
            self._icon.menu_on_click = view.menu_on_click
            if before is None or view.menu != before.menu:
                self._icon.set_menu_items(view.menu)
            if before is None or view.face != before.face:
                self._icon.icon = view.face
            if before is None or view.tooltip != before.tooltip:
                self._icon.title = view.tooltip

    def stop(self) -> None:
        self._icon.stop()
