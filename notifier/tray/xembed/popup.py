"""A menu on bare X11: opened over the icon, followed with pointer or keys, closed by Escape or a click beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from Xlib import XK, X

from notifier.tray.actions import Action
from notifier.tray.menu import Item
from notifier.tray.xembed.canvas import floating, put
from notifier.tray.xembed.lettering import EDGE, Layout, draw, lay_out

EVENTS = X.ButtonPressMask | X.ButtonReleaseMask | X.PointerMotionMask
KEYS = {
    XK.XK_Up: "up",
    XK.XK_Down: "down",
    XK.XK_Left: "left",
    XK.XK_Right: "right",
    XK.XK_Return: "choose",
    XK.XK_KP_Enter: "choose",
    XK.XK_space: "choose",
    XK.XK_Escape: "close",
}


@dataclass
class Pane:
    """One open level of the menu."""

    window: Any
    gc: Any
    layout: Layout
    left: int
    top: int
    chosen: int | None = None

    def holds(self, x: int, y: int) -> bool:
        return 0 <= x - self.left < self.layout.width and 0 <= y - self.top < self.layout.height


class PopupMenu:
    """The menu while it is open. Everything here runs in the one thread that reads the display's events."""

    def __init__(self, display: Any, on_action: Callable[[Action], None]) -> None:
        self._display = display
        self._on_action = on_action
        self._panes: list[Pane] = []
        self._armed = False  # the release of the very click that opened the menu chooses nothing

    @property
    def is_open(self) -> bool:
        return bool(self._panes)

    def open(self, items: tuple[Item, ...], x: int, y: int) -> None:
        """Opens at the pointer, upwards where there is no room below."""
        self.close()
        layout = lay_out(items)
        below = y + layout.height <= self._display.screen().height_in_pixels
        self._push(layout, x, y if below else y - layout.height)
        self._armed = False
        first = self._panes[0].window
        first.grab_pointer(True, EVENTS, X.GrabModeAsync, X.GrabModeAsync, X.NONE, X.NONE, X.CurrentTime)
        first.grab_keyboard(True, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime)
        self._display.flush()

    def update(self, items: tuple[Item, ...]) -> None:
        """Shows changed words in the open menu; a level whose lines are no longer the same ones closes."""
        for depth, pane in enumerate(self._panes):
            layout = lay_out(items)
            if depth and not _same_lines(pane.layout, layout):
                self._cut(depth)
                break
            pane.layout = layout
            pane.window.configure(width=layout.width, height=layout.height)
            if pane.chosen is not None and pane.chosen >= len(layout.rows):
                pane.chosen = None
            self._paint(pane)
            items = layout.rows[pane.chosen].item.children if pane.chosen is not None else ()
        self._display.flush()

    def close(self) -> None:
        if not self._panes:
            return
        self._display.ungrab_pointer(X.CurrentTime)
        self._display.ungrab_keyboard(X.CurrentTime)
        self._cut(0)
        # A round trip, not a mere flush: python-xlib leaves requests queued while another thread is sending, and a
        # closed menu would stand on the screen until the next event.
        self._display.sync()

    def handle(self, event: Any) -> bool:
        """Takes an event of the display; False when it is none of the menu's."""
        if not self._panes:
            return False
        if event.type == X.Expose:
            return self._expose(event)
        if event.type == X.KeyPress:
            self._key(KEYS.get(self._display.keycode_to_keysym(event.detail, 0), ""))
        elif event.type == X.MotionNotify:
            self._point(event.root_x, event.root_y)
        elif event.type == X.ButtonPress:
            self._press(event)
        elif event.type == X.ButtonRelease:
            self._release(event)
        else:
            return False
        self._display.flush()
        return True

    def _push(self, layout: Layout, x: int, y: int) -> None:
        picture = draw(layout, None)
        window = floating(self._display, x, y, picture, EVENTS)
        place = window.get_geometry()
        pane = Pane(window, window.create_gc(), layout, place.x, place.y)
        self._panes.append(pane)
        self._paint(pane)

    def _paint(self, pane: Pane) -> None:
        put(pane.window, pane.gc, draw(pane.layout, pane.chosen), self._display.screen().root_depth)

    def _cut(self, depth: int) -> None:
        """Closes all levels below `depth`."""
        while len(self._panes) > depth:
            self._panes.pop().window.destroy()

    def _expose(self, event: Any) -> bool:
        for pane in self._panes:
            if pane.window.id == event.window.id:
                self._paint(pane)
                self._display.flush()
                return True
        return False

    def _pane_at(self, x: int, y: int) -> int | None:
        return next((n for n in reversed(range(len(self._panes))) if self._panes[n].holds(x, y)), None)

    def _point(self, x: int, y: int) -> None:
        depth = self._pane_at(x, y)
        if depth is None:
            return
        pane = self._panes[depth]
        row = pane.layout.row_at(y - pane.top)
        if row != pane.chosen:
            self._armed = True
            self._choose(depth, row)
            self._enter(depth)

    def _choose(self, depth: int, row: int | None) -> None:
        """Marks a line, and closes what was open beside another one."""
        self._cut(depth + 1)
        self._panes[depth].chosen = row
        self._paint(self._panes[depth])

    def _enter(self, depth: int) -> None:
        """Opens the submenu of the marked line, if it has one."""
        pane = self._panes[depth]
        if pane.chosen is None:
            return
        row = pane.layout.rows[pane.chosen]
        if row.item.children:
            layout = lay_out(row.item.children)
            right = pane.left + pane.layout.width - 3
            fits = right + layout.width <= self._display.screen().width_in_pixels
            self._push(layout, right if fits else pane.left - layout.width + 3, pane.top + row.top - EDGE)

    def _press(self, event: Any) -> None:
        self._armed = True
        if self._pane_at(event.root_x, event.root_y) is None:
            self.close()

    def _release(self, event: Any) -> None:
        depth = self._pane_at(event.root_x, event.root_y)
        if depth is None or not self._armed:
            self._armed = True
            return
        pane = self._panes[depth]
        row = pane.layout.row_at(event.root_y - pane.top)
        if row is not None:
            self._activate(depth, row)

    def _activate(self, depth: int, row: int) -> None:
        item = self._panes[depth].layout.rows[row].item
        if item.children:
            self._choose(depth, row)
            self._enter(depth)
        elif item.action is not None:
            self.close()
            self._on_action(item.action)

    def _key(self, key: str) -> None:
        depth = len(self._panes) - 1
        pane = self._panes[depth]
        if key in {"up", "down"}:
            self._choose(depth, pane.layout.next_row(pane.chosen, 1 if key == "down" else -1))
        elif key == "right" and pane.chosen is not None and pane.layout.rows[pane.chosen].item.children:
            self._enter(depth)
            self._key("down")
        elif key == "left" and depth:
            self._cut(depth)
        elif key == "choose" and pane.chosen is not None:
            self._activate(depth, pane.chosen)
        elif key == "close" or (key == "left" and not depth):
            self.close()


def _same_lines(before: Layout, after: Layout) -> bool:
    return [row.item.action for row in before.rows] == [row.item.action for row in after.rows]
