"""The tray over D-Bus: a pystray backend that is a StatusNotifierItem, and stays one when panel or bus come back."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Lock, Thread, Timer
from typing import Any

from jeepney import DBusAddress

from notifier.tray import library
from notifier.tray.actions import Action, Click
from notifier.tray.interface import Capability, OnAction, OnPresence, Presence, View
from notifier.tray.menu import Item
from notifier.tray.paint import Painter, Pixmap
from notifier.tray.sni.bus import PROPERTIES, Bus, BusGone
from notifier.tray.sni.dbusmenu import MenuObject
from notifier.tray.sni.item import ItemObject
from notifier.tray.xembed import menu_window

WATCHER = "org.kde.StatusNotifierWatcher"
WATCHER_PATH = "/StatusNotifierWatcher"
HOST_PATIENCE = 5.0  # seconds for a panel to say that it is there, before we register with the watcher all the same
RETRIES = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0)  # seconds between attempts to find the bus again; the last one repeats

log = logging.getLogger(__name__)
pystray: Any = library.pystray()
PystrayIcon: Any = pystray.Icon


class SniIcon(PystrayIcon):
    """pystray's icon as a StatusNotifierItem. Its `icon` is a tuple of pixmaps, so no image library is needed."""

    HAS_NOTIFICATION = False
    HAS_MENU_RADIO = False

    def __init__(self, name: str, on_action: OnAction, on_presence: OnPresence) -> None:
        self._on_action = on_action
        self._on_presence = on_presence
        self._bus: Bus | None = None
        self._stopping = Event()
        self._presence: Presence | None = None
        self._registered = False  # with the watcher that is there now
        self._menu_object = MenuObject(self._chosen)
        self._item = ItemObject(self._menu_object.path, self._clicked, id=name)
        self._own_menu = Lock()  # held while it is open
        super().__init__(name, title="Notifier")

    def set_menu_on_click(self, menu_on_click: bool) -> None:
        """Panels read this once, when the icon appears."""
        self._item.is_menu = menu_on_click

    def _chosen(self, action: Action) -> None:
        try:
            self._on_action(action)
        except Exception:
            log.exception("%s failed", action)

    def _clicked(self) -> None:
        """A panel that should have opened the menu and reports a click instead gets the menu opened for it."""
        if self._item.is_menu and menu_window.is_possible():
            Thread(target=self._open_menu, name="menu", daemon=True).start()
        else:
            self._chosen(Click())

    def _open_menu(self) -> None:
        if not self._own_menu.acquire(blocking=False):
            return
        try:
            action = menu_window.ask(_items(self._menu))
        finally:
            self._own_menu.release()
        if action is not None:
            self._chosen(action)

    # What pystray asks of a backend.

    def _show(self) -> None:
        self._item.visible = True
        self._update_title()  # pystray tells no title before the icon is shown
        self._emit("NewStatus", "s", (self._item.status,))

    def _hide(self) -> None:
        self._item.visible = False
        self._emit("NewStatus", "s", (self._item.status,))

    def _update_icon(self) -> None:
        pixmaps: tuple[Pixmap, ...] = self._icon
        self._item.pixmaps = pixmaps
        self._icon_valid = True
        self._emit("NewIcon")

    def _update_title(self) -> None:
        self._item.tooltip = self._title
        self._emit("NewToolTip")
        self._emit("NewTitle")

    def _update_menu(self) -> None:
        """Tells panels what differs, which is nothing when nothing does: an open menu stays open."""
        found = self._menu_object.update(_items(self._menu))
        bus = self._bus
        if bus is None:
            return
        for member, signature, body in self._menu_object.signals(found):
            bus.emit(self._menu_object, member, signature, body)

    def _run(self) -> None:
        self._mark_ready()
        failures = 0
        while not self._stopping.is_set():
            try:
                self._serve()
                failures = 0
            except BusGone as error:
                log.info("%s", error)
            if self._stopping.is_set():
                break
            self._report(Presence.LOST)
            self._stopping.wait(RETRIES[min(failures, len(RETRIES) - 1)])
            failures += 1

    def _run_detached(self) -> None:
        Thread(target=self._run, name="tray", daemon=True).start()

    def stop(self) -> None:
        self._stopping.set()  # pystray forgets a stop that comes before the run
        super().stop()

    def _stop(self) -> None:
        bus = self._bus
        if bus is not None:
            bus.close()

    # The life of one connection.

    def _serve(self) -> None:
        bus = Bus()
        bus.export(self._item)
        bus.export(self._menu_object)
        bus.watch_owner(WATCHER, lambda there: self._greet(bus) if there else self._report(Presence.WAITING))
        for member in ("StatusNotifierHostRegistered", "StatusNotifierHostUnregistered"):
            bus.watch_signal(WATCHER, member, lambda _body: self._ask_for_host(bus))
        self._bus = bus
        if self._stopping.is_set():  # a stop that came before there was a bus to close
            bus.close()
        self._greet(bus)
        bus.serve()
        self._bus = None

    def _greet(self, bus: Bus) -> None:
        """A watcher knows nothing of who registered with the one before it."""
        self._registered = False
        self._ask_for_host(bus)

    def _ask_for_host(self, bus: Bus) -> None:
        """A watcher alone shows nothing: a panel must have registered with it as the host.

        Nor do we register before that: a panel may read the list of items and only then listen for new ones, as waybar
        does, and never learn of one who came between.
        """

        def answered(reply: tuple[Any, ...] | None) -> None:
            if reply is None or reply[0][1]:
                self._register(bus)
            else:
                self._report(Presence.WAITING)
                self._register_later(bus)

        there = DBusAddress(WATCHER_PATH, WATCHER, PROPERTIES)
        bus.call(there, "Get", "ss", (WATCHER, "IsStatusNotifierHostRegistered"), answered)

    def _register(self, bus: Bus, then: Presence = Presence.SHOWN) -> None:
        """Makes us known to the watcher. The unique name is enough, and needs no leave from a sandbox."""

        def answered(reply: tuple[Any, ...] | None) -> None:
            self._registered = reply is not None
            self._report(then if self._registered else Presence.WAITING)

        if self._registered:
            self._report(then)
            return
        there = DBusAddress(WATCHER_PATH, WATCHER, WATCHER)
        bus.call(there, "RegisterStatusNotifierItem", "s", (bus.name,), answered)

    def _register_later(self, bus: Bus) -> None:
        """There may be panels that never call themselves the host, or do not say when they come."""

        def still_alone() -> None:
            if not self._registered:
                self._register(bus, Presence.WAITING)

        if not self._registered:
            timer = Timer(HOST_PATIENCE, still_alone)
            timer.daemon = True
            timer.start()

    def _report(self, presence: Presence) -> None:
        if presence is self._presence:
            return
        self._presence = presence
        log.info("the tray icon is %s", presence.value)
        try:
            self._on_presence(presence)
        except Exception:
            log.exception("presence could not be told")

    def _emit(self, member: str, signature: str = "", body: tuple[Any, ...] = ()) -> None:
        bus = self._bus
        if bus is not None:
            bus.emit(self._item, member, signature, body)


def _items(menu: Any) -> tuple[Item, ...]:
    """Our values out of pystray's menu."""
    separator = pystray.Menu.SEPARATOR
    return tuple(Item(separator=True) if entry is separator else entry.item for entry in menu or ())


class SniTray:
    """`interface.Tray` over `SniIcon`."""

    name = "StatusNotifierItem"
    capabilities = frozenset({Capability.CLICK, Capability.MENU, Capability.TOOLTIP})

    def __init__(self, on_action: OnAction, on_presence: OnPresence) -> None:
        self._painter = Painter()
        self._icon = SniIcon("notifier", on_action, on_presence)
        self._on_action = on_action
        self._shown: View | None = None
        self._lock = Lock()

    def run(self, on_ready: Callable[[], None]) -> None:
        """Blocks until `stop`; any thread will do here."""
        if self._shown is None:
            self.show(View())

        def ready(icon: Any) -> None:
            icon.visible = True
            on_ready()

        self._icon.run(ready)

    def show(self, view: View) -> None:
        with self._lock:
            before, self._shown = self._shown, view
            if before is None or view.menu_on_click != before.menu_on_click:
                self._icon.set_menu_on_click(view.menu_on_click)
            if before is None or view.face != before.face:
                self._icon.icon = self._painter.pixmaps(view.face)
            if before is None or view.tooltip != before.tooltip:
                self._icon.title = view.tooltip
            if before is None or view.menu != before.menu:
                self._icon.menu = library.as_pystray(view.menu, self._on_action)

    def stop(self) -> None:
        self._icon.stop()
