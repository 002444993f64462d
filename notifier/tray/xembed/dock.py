"""pystray's xorg icon, mended: it hears clicks, lets the panel shine through, docks late and again, and has a menu.

One thread owns the display and reads its events; whatever other threads want is queued and done there.
"""

from __future__ import annotations

import logging
import os
import select
from collections import deque
from collections.abc import Callable
from threading import Thread
from typing import Any

from Xlib import X, error

from notifier.tray import library
from notifier.tray.actions import Action, Click
from notifier.tray.face import Face
from notifier.tray.interface import OnAction, OnPresence, Presence
from notifier.tray.menu import Item
from notifier.tray.picture import picture
from notifier.tray.xembed.canvas import floating, grab, put
from notifier.tray.xembed.lettering import draw_note
from notifier.tray.xembed.popup import PopupMenu

EVENTS = X.ExposureMask | X.StructureNotifyMask | X.ButtonPressMask | X.EnterWindowMask | X.LeaveWindowMask
HOVER = 0.6  # seconds the pointer rests on the icon before the tooltip comes
LEAST = 24  # pixels; panels take it as the wish for a size

log = logging.getLogger(__name__)
XorgIcon: Any = library.backend("xorg").Icon


class DockIcon(XorgIcon):
    """`icon` is a Face; `set_menu_items` says what a click on it opens."""

    HAS_MENU = True

    def __init__(self, name: str, on_action: OnAction, on_presence: OnPresence) -> None:
        self._menu_items: tuple[Item, ...] = ()
        self.menu_on_click = True
        self._on_action = on_action
        self._on_presence = on_presence
        self._presence: Presence | None = None
        self._asked: deque[Callable[[], None]] = deque()
        self._wake_end, self._wake = os.pipe()
        self._ended = False
        self._depth = 0
        self._note: Any = None
        self._hover_since: tuple[int, int] | None = None
        self._window: Any = None
        super().__init__(name, title="Notifier")
        self._manager_atom = self._display.intern_atom("MANAGER")
        self._popup = PopupMenu(self._display, self._chosen)

    def set_menu_items(self, items: tuple[Item, ...]) -> None:
        """From any thread."""

        def take() -> None:
            self._menu_items = items
            if self._popup.is_open:
                self._popup.update(items)

        self._ask(take)

    def _rewrite_implementation(self, *_methods: Any) -> None:
        """pystray makes its methods wait for the loop; ours only ask it, so nothing can wait for ever."""

    def _ask(self, job: Callable[[], None]) -> None:
        self._asked.append(job)
        os.write(self._wake, b"!")

    def _chosen(self, action: Action) -> None:
        try:
            self._on_action(action)
        except Exception:
            log.exception("%s failed", action)

    # What pystray asks of a backend.

    def _show(self) -> None:
        self._ask(self._dock)

    def _hide(self) -> None:
        self._ask(self._withdraw)

    def _update_icon(self) -> None:
        self._icon_valid = True
        self._ask(self._draw)

    def _update_title(self) -> None:
        self._ask(lambda: self._window.set_wm_name(self._title.partition("\n")[0]))

    def _stop(self) -> None:
        def end() -> None:
            self._ended = True

        self._ask(end)

    def _run_detached(self) -> None:
        Thread(target=self._run, name="x11-tray", daemon=True).start()

    def _run(self) -> None:
        self._watch_for_managers()
        self._mark_ready()
        try:
            while not self._ended:
                self._turn()
        except (error.ConnectionClosedError, OSError) as lost:
            log.info("the X display is gone: %s", lost)
            self._report(Presence.LOST)
        self._leave()

    # The loop.

    def _turn(self) -> None:
        """Sleeps until there is something to do, and does it."""
        while self._display.pending_events():
            self._safely(self._handle, self._display.next_event())
        self._display.flush()
        patience = HOVER if self._hover_since and self._note is None else None
        ready, _, _ = select.select([self._display.fileno(), self._wake_end], [], [], patience)
        if not ready:
            self._safely(self._show_note)
        if self._wake_end in ready:
            os.read(self._wake_end, 4096)
        while self._asked:
            self._safely(self._asked.popleft())

    def _safely(self, work: Callable[..., None], *arguments: Any) -> None:
        """One thing that fails, as with a window that went meanwhile, must not end the icon; a lost display does."""
        try:
            work(*arguments)
        except (error.ConnectionClosedError, OSError):
            raise
        except Exception:
            log.exception("the tray icon could not do one thing")

    def _handle(self, event: Any) -> None:
        if event.type == X.ClientMessage and event.client_type == self._manager_atom:
            self._dock()  # a tray has come (X11 ICCCM §2.8: the new owner of the selection announces itself)
        elif self._popup.handle(event):
            return
        else:
            handlers = {
                X.ButtonPress: self._on_button,
                X.EnterNotify: self._on_enter,
                X.LeaveNotify: self._on_leave,
                X.Expose: self._on_expose,
                X.ConfigureNotify: self._on_expose,
                X.MapNotify: self._on_map,
                X.ReparentNotify: self._on_reparent,
                X.DestroyNotify: self._on_destroy,
            }
            handler = handlers.get(event.type)
            if handler is not None:
                handler(event)

    # Docking.

    def _watch_for_managers(self) -> None:
        self._display.screen().root.change_attributes(event_mask=X.StructureNotifyMask)

    def _create_window(self) -> Any:
        """A window of the kind the tray wants, where there is one: 32 bits deep if it blends, like the panel if not."""
        screen = self._display.screen()
        visual, self._depth = self._wanted_visual()
        own_kind = {}
        if visual is not None:
            colormap = screen.root.create_colormap(visual, X.AllocNone)
            own_kind = {"visual": visual, "colormap": colormap, "background_pixel": 0, "border_pixel": 0}
        window = screen.root.create_window(
            -1, -1, LEAST, LEAST, 0, self._depth, X.InputOutput, event_mask=EVENTS, **own_kind
        )
        window.set_wm_class("notifier", "Notifier")
        window.set_wm_name(self._title.partition("\n")[0])
        window.set_wm_normal_hints(flags=16 | 32, min_width=LEAST, min_height=LEAST)  # PMinSize, PMaxSize ignored
        window.change_property(self._xembed_info, self._xembed_info, 32, [self._XEMBED_VERSION, self._XEMBED_MAPPED])
        return window

    def _wanted_visual(self) -> tuple[int | None, int]:
        """What `_NET_SYSTEM_TRAY_VISUAL` of the tray says: a visual other than the screen's own, and its depth."""
        screen = self._display.screen()
        manager = self._get_systray_manager()
        wish = manager and manager.get_full_property(
            self._display.intern_atom("_NET_SYSTEM_TRAY_VISUAL"), X.AnyPropertyType
        )
        if not wish or not len(wish.value) or wish.value[0] == screen.root_visual:
            return None, screen.root_depth
        for allowed in screen.allowed_depths:
            if any(visual.visual_id == wish.value[0] for visual in allowed.visuals):
                return wish.value[0], allowed.depth
        return None, screen.root_depth

    def _dock(self) -> None:
        """Asks the tray for a place, with a new window: the old one may be gone with the old tray."""
        if self._presence is Presence.SHOWN:
            return
        if self._get_systray_manager() is None:
            self._report(Presence.WAITING)
            return
        self._window.destroy()
        self._window = self._create_window()
        self._gc = self._window.create_gc()
        if self._depth == self._display.screen().root_depth:
            self._window.change_attributes(background_pixmap=X.ParentRelative)
        self._dock_window()

    def _withdraw(self) -> None:
        self._popup.close()
        self._hide_note()
        self._window.destroy()
        self._display.sync()

    def _leave(self) -> None:
        try:
            self._withdraw()
            self._display.close()
        except (error.ConnectionClosedError, OSError):
            log.debug("the display was gone already")
        os.close(self._wake)
        os.close(self._wake_end)

    def __del__(self) -> None:
        """Nothing: the base class would close the display a second time, and say so in the user's terminal."""

    def _on_map(self, event: Any) -> None:
        if event.window.id == self._window.id:
            self._report(Presence.SHOWN)

    def _on_reparent(self, event: Any) -> None:
        """Back on the root window: the tray has ended and given us up."""
        if event.window.id == self._window.id and event.parent.id == self._display.screen().root.id:
            self._window.unmap()
            self._lost_tray()

    def _on_destroy(self, event: Any) -> None:
        if event.window.id == self._window.id or (
            self._systray_manager is not None and event.window.id == self._systray_manager.id
        ):
            self._lost_tray()

    def _lost_tray(self) -> None:
        self._systray_manager = None
        self._hide_note()
        if self._presence is Presence.SHOWN:
            self._report(Presence.WAITING)
            self._dock()

    def _report(self, presence: Presence) -> None:
        if presence is not self._presence:
            self._presence = presence
            log.info("the tray icon is %s", presence.value)
            self._on_presence(presence)

    # Drawing.

    def _draw(self) -> None:
        face = self._icon
        if not isinstance(face, Face):
            return
        try:
            place = self._window.get_geometry()
            put(self._window, self._gc, self._on_panel(face, place.width, place.height), self._depth)
        except error.XError as gone:
            log.debug("the icon has no window to be drawn in: %s", gone)

    def _on_panel(self, face: Face, width: int, height: int) -> Any:
        """The face in the middle of what the panel shows behind it."""
        from PIL import Image

        icon = picture(face, max(min(width, height), 8))
        behind = None
        if self._depth != 32:
            self._window.clear_area()
            behind = grab(self._window, width, height)
        ground = behind.convert("RGBA") if behind else Image.new("RGBA", (width, height), (0, 0, 0, 0))
        ground.alpha_composite(icon, ((width - icon.width) // 2, (height - icon.height) // 2))
        return ground

    def _on_expose(self, event: Any) -> None:
        if event.window.id == self._window.id:
            self._draw()

    # The pointer.

    def _on_button(self, event: Any) -> None:
        if event.window.id != self._window.id:
            return
        self._hide_note()
        if event.detail == X.Button3 or (event.detail == X.Button1 and self.menu_on_click):
            if self._menu_items:
                self._popup.open(self._menu_items, event.root_x, event.root_y)
        elif event.detail == X.Button1:
            self._chosen(Click())

    def _on_enter(self, event: Any) -> None:
        if event.window.id == self._window.id and not self._popup.is_open:
            self._hover_since = (event.root_x, event.root_y)

    def _on_leave(self, event: Any) -> None:
        if event.window.id == self._window.id:
            self._hide_note()

    def _show_note(self) -> None:
        if self._hover_since is None or self._popup.is_open:
            return
        x, y = self._hover_since
        note = draw_note(self._title)
        below = y < self._display.screen().height_in_pixels // 2
        self._note = floating(self._display, x + 8, y + 22 if below else y - note.height - 22, note, 0)
        put(self._note, self._note.create_gc(), note, self._display.screen().root_depth)

    def _hide_note(self) -> None:
        self._hover_since = None
        if self._note is not None:
            self._note.destroy()
            self._note = None
