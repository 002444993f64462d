"""The tray of Windows: pystray's win32 icon, sharp at the tray's size, with texts cut to what the system takes."""

from __future__ import annotations

import ctypes
import dataclasses
import logging
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Any

from notifier.tray import library
from notifier.tray.actions import Action, Click, OpenMail
from notifier.tray.clipping import BALLOON_TEXT, BALLOON_TITLE, TIP, clipped, windows_label
from notifier.tray.face import Face
from notifier.tray.interface import Capability, OnAction, View
from notifier.tray.menu import Item
from notifier.tray.picture import picture

SMALL_ICON_WIDTH = 49  # GetSystemMetrics(SM_CXSMICON)
BALLOON_CLICKED = 0x0405  # NIN_BALLOONUSERCLICK, sent as the icon's own message
ICON_SIZES = (16, 22, 24, 32, 48, 64)

log = logging.getLogger(__name__)
_backend: Any = library.backend("win32")
_win32: Any = _backend.win32
Win32Icon: Any = _backend.Icon


class WindowsIcon(Win32Icon):
    """`icon` is a Face."""

    def __init__(self, name: str, on_action: OnAction) -> None:
        self._on_action = on_action
        self._menu_lock = Lock()
        self._menu_open = False
        self._menu_stale = False
        self.menu_on_click = True
        self._icon_handle: Any = None
        super().__init__(name, title="Notifier")

    def _chosen(self, action: Action) -> None:
        try:
            self._on_action(action)
        except Exception:
            log.exception("%s failed", action)

    def _show(self) -> None:
        """At login the taskbar may come after us; it announces itself, and pystray shows the icon then."""
        try:
            super()._show()
        except OSError as error:
            log.info("the taskbar is not there yet: %s", error)

    def _update_icon(self) -> None:
        try:
            super()._update_icon()
        except OSError as error:
            log.info("the icon cannot be changed now: %s", error)
        self._icon_valid = True

    def _update_title(self) -> None:
        try:
            super()._update_title()
        except OSError as error:
            log.info("the tooltip cannot be changed now: %s", error)

    def _assert_icon_handle(self) -> None:
        """An icon file with every size drawn for itself, read at the size the tray uses."""
        if self._icon_handle:
            return
        width = _tray_icon_width()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "icon.ico"
            _write_icon(self.icon, path)
            self._icon_handle = _win32.LoadImage(
                None, str(path), _win32.IMAGE_ICON, width, width, _win32.LR_LOADFROMFILE
            )

    def _update_menu(self) -> None:
        """Not while the menu is open: Windows would lose the choice that is being made."""
        with self._menu_lock:
            self._menu_stale = self._menu_open
            if not self._menu_open:
                super()._update_menu()

    def _on_notify(self, wparam: int, lparam: int) -> None:
        if lparam == BALLOON_CLICKED:
            self._chosen(OpenMail())
        elif lparam == _win32.WM_LBUTTONUP and not self.menu_on_click:
            self._chosen(Click())
        elif lparam in {_win32.WM_LBUTTONUP, _win32.WM_RBUTTONUP}:
            self._open_menu(wparam)

    def _open_menu(self, wparam: int) -> None:
        with self._menu_lock:
            self._menu_open = True
        try:
            super()._on_notify(wparam, _win32.WM_RBUTTONUP)
        finally:
            with self._menu_lock:
                self._menu_open = False
                stale = self._menu_stale
        if stale:
            self._update_menu()


def _tray_icon_width() -> int:
    """In pixels, larger on a screen with enlarged text."""
    if sys.platform != "win32":
        raise OSError("only Windows tells")
    return int(ctypes.windll.user32.GetSystemMetrics(SMALL_ICON_WIDTH))


def _write_icon(face: Face, path: Path) -> None:
    largest, *smaller = [picture(face, size) for size in sorted(ICON_SIZES, reverse=True)]
    largest.save(path, format="ICO", append_images=smaller, sizes=[(size, size) for size in ICON_SIZES])


class WindowsTray:
    """`interface.Tray` and `interface.Balloons` over `WindowsIcon`."""

    name = "Windows"
    capabilities = frozenset({Capability.CLICK, Capability.MENU, Capability.TOOLTIP, Capability.BALLOON})

    def __init__(self, on_action: OnAction) -> None:
        self._on_action = on_action
        self._icon = WindowsIcon("notifier", on_action)
        self._view: View | None = None
        self._lock = Lock()

    def run(self, on_ready: Callable[[], None]) -> None:
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
            if before is None or view.face != before.face:
                self._icon.icon = view.face
            if before is None or view.tooltip != before.tooltip:
                self._icon.title = clipped(view.tooltip, TIP)
            if before is None or view.menu != before.menu:
                self._icon.menu = library.as_pystray(_labelled(view.menu), self._on_action)

    def stop(self) -> None:
        self._icon.stop()

    def notify(self, title: str, text: str) -> None:
        """A balloon (a toast since Windows 10) from our own icon, so that none is left behind."""
        self._icon.notify(clipped(text, BALLOON_TEXT), clipped(title, BALLOON_TITLE))


def _labelled(items: tuple[Item, ...]) -> tuple[Item, ...]:
    return tuple(
        dataclasses.replace(item, label=windows_label(item.label), children=_labelled(item.children)) for item in items
    )
