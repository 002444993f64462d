"""The tray of macOS: pystray's icon in the menu bar, touched by the main thread only, drawn as a template image.

A click opens the menu, as everywhere in the menu bar; `View.menu_on_click` has no effect here.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable
from threading import Lock, current_thread, main_thread
from typing import Any

from notifier.tray import library
from notifier.tray.interface import Capability, OnAction, View
from notifier.tray.picture import template

POINTS = 16  # the height of the picture in the menu bar; a Retina screen shows it with twice as many pixels

log = logging.getLogger(__name__)
DarwinIcon: Any = library.backend("darwin").Icon


class MacIcon(DarwinIcon):
    """`icon` is a Face. Every method but the constructor's caller's runs in the main thread."""

    def _assert_image(self) -> None:
        """The system colours a template for a light or dark bar itself; one picture for each kind of screen."""
        import AppKit
        import Foundation

        size = AppKit.NSSize(POINTS, POINTS)
        image = AppKit.NSImage.alloc().initWithSize_(size)
        for pixels in (POINTS, 2 * POINTS):
            png = io.BytesIO()
            template(self._icon, pixels).save(png, "png")
            data = Foundation.NSData.dataWithBytes_length_(png.getvalue(), len(png.getvalue()))
            shown = AppKit.NSBitmapImageRep.imageRepWithData_(data)
            shown.setSize_(size)
            image.addRepresentation_(shown)
        image.setTemplate_(True)
        self._icon_image = image
        self._status_item.button().setImage_(image)


class MacTray:
    """`interface.Tray` over `MacIcon`."""

    name = "macOS"
    capabilities = frozenset({Capability.MENU, Capability.TOOLTIP})

    def __init__(self, on_action: OnAction) -> None:
        """In the main thread, like all of AppKit."""
        self._on_action = on_action
        self._icon = MacIcon("notifier", title="Notifier")
        self._wanted = View()
        self._shown: View | None = None
        self._running = False
        self._lock = Lock()

    def run(self, on_ready: Callable[[], None]) -> None:
        """Blocks until `stop`. Raises RuntimeError outside the main thread, where macOS would end the process."""
        if current_thread() is not main_thread():
            raise RuntimeError("on macOS the tray runs in the main thread")
        self._apply()

        def ready(_icon: Any) -> None:
            self._running = True
            self._later(self._appear)
            on_ready()

        self._icon.run(ready)
        self._running = False

    def show(self, view: View) -> None:
        with self._lock:
            self._wanted = view
        if self._running:
            self._later(self._apply)

    def stop(self) -> None:
        if self._running:
            self._later(self._icon.stop)

    @staticmethod
    def _later(job: Callable[[], None]) -> None:
        """Has `job` done by the main thread's loop."""
        from PyObjCTools import AppHelper

        AppHelper.callAfter(job)

    def _appear(self) -> None:
        self._apply()
        self._icon.visible = True

    def _apply(self) -> None:
        """In the main thread: draws what differs between the wanted view and the shown one."""
        with self._lock:
            view, before = self._wanted, self._shown
            self._shown = view
        if before is None or view.face != before.face:
            self._icon.icon = view.face
        if before is None or view.tooltip != before.tooltip:
            self._icon.title = view.tooltip
        if before is None or view.menu != before.menu:
            self._icon.menu = library.as_pystray(view.menu, self._on_action)
