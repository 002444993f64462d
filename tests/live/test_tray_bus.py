"""The item on a real bus with a scripted panel: what panels ask for, and what happens when bus or panel go away."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from jeepney import (
    DBusAddress,
    HeaderFields,
    MatchRule,
    Message,
    MessageType,
    message_bus,
    new_method_call,
    new_method_return,
    new_signal,
)
from jeepney.bus import get_bus
from jeepney.io.blocking import DBusConnection, prep_socket

from tests.live.desktop import Desk, TrayProgram, desk_in, wait_for
from tests.live.needs import need
from tests.live.private_bus import bus_config

pytestmark = pytest.mark.live

WATCHER = "org.kde.StatusNotifierWatcher"
ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"
PROPERTIES = "org.freedesktop.DBus.Properties"


class ScriptedPanel:
    """A watcher and host in one: it notes who registers and what is signalled, and asks like a panel does."""

    def __init__(self, address: str, *, has_host: bool = True, at_once: bool = False) -> None:
        """`at_once`: takes the place of the panel before, as `xfce4-panel --restart` or a second kded do."""
        self.registered: list[str] = []
        self.signals: list[tuple[str, tuple[Any, ...]]] = []
        self.has_host = has_host
        self._address = address
        self._watcher = DBusConnection(prep_socket(get_bus(address)))
        self._asking = DBusConnection(prep_socket(get_bus(address)))
        for interface in (ITEM, MENU):
            self._watcher.send(message_bus.AddMatch(MatchRule(type="signal", interface=interface)))
        allow_replacement, replace_existing = 1, 2
        flags = allow_replacement | (replace_existing if at_once else 0)
        self._watcher.send(message_bus.RequestName(WATCHER, flags=flags))
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                message = self._watcher.receive()
                if message.header.message_type is MessageType.method_call:
                    self._answer(message)
            except (OSError, ValueError):  # closed
                return
            if message.header.message_type is MessageType.signal:
                self.signals.append((message.header.fields[HeaderFields.member], message.body))

    def _answer(self, message: Message) -> None:
        if message.header.fields[HeaderFields.member] == "RegisterStatusNotifierItem":
            self.registered.append(message.body[0])
            self._watcher.send(new_method_return(message))
        else:
            self._watcher.send(new_method_return(message, "v", (("b", self.has_host),)))

    def say_host_came(self) -> None:
        self.has_host = True
        here = DBusAddress("/StatusNotifierWatcher", interface=WATCHER)
        self._watcher.send(new_signal(here, "StatusNotifierHostRegistered"))

    def ask(self, path: str, interface: str, member: str, signature: str = "", body: tuple[Any, ...] = ()) -> Message:
        place = DBusAddress(path, self.registered[-1], interface)
        return self._asking.send_and_get_reply(new_method_call(place, member, signature or None, body), timeout=10)

    def properties(self) -> dict[str, Any]:
        reply = self.ask("/StatusNotifierItem", PROPERTIES, "GetAll", "s", (ITEM,))
        return {name: value for name, (_, value) in reply.body[0].items()}

    def close(self) -> None:
        for connection in (self._watcher, self._asking):
            connection.sock.shutdown(2)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_in(tmp_path) as desk:
        desk.start_bus()
        yield desk


def test_what_a_panel_reads_and_does(desk: Desk) -> None:
    panel = ScriptedPanel(desk.env["DBUS_SESSION_BUS_ADDRESS"])
    program = TrayProgram(desk, "check")
    program.hear("READY StatusNotifierItem")
    program.hear("PRESENCE shown")

    seen = panel.properties()
    assert (seen["Category"], seen["Id"], seen["Status"]) == ("Communications", "notifier", "Active")
    assert [(w, h) for w, h, _ in seen["IconPixmap"]] == [(s, s) for s in (16, 22, 24, 32, 48, 64)]
    assert all(len(pixels) == w * h * 4 for w, h, pixels in seen["IconPixmap"])
    assert seen["ToolTip"][2:] == (
        "Notifier: 3 unseen messages",
        "Work_a: 3 unseen, 41 messages, at least 62 % full\nHome: 2 messages",
    )
    assert (seen["ItemIsMenu"], seen["Menu"]) == (False, "/MenuBar")

    layout = panel.ask(seen["Menu"], MENU, "GetLayout", "iias", (0, -1, [])).body[1]
    numbers = {child[1][1]["label"][1]: child[1][0] for child in layout[2] if "label" in child[1][1]}
    assert "Work__a: 3 unseen, 41 messages, at least 62 % full" in numbers
    panel.ask(seen["Menu"], MENU, "Event", "isvu", (numbers["Quit"], "hovered", ("s", ""), 0))
    panel.ask(seen["Menu"], MENU, "Event", "isvu", (numbers["Check now"], "clicked", ("s", ""), 0))
    program.hear("ACTION CheckNow(account=None)")

    panel.signals.clear()
    program.tell("unseen 9")
    wait_for("the changed line", lambda: [s for s in panel.signals if s[0] == "ItemsPropertiesUpdated"])
    assert {name for name, _ in panel.signals} >= {"NewIcon", "NewToolTip", "ItemsPropertiesUpdated"}
    assert "LayoutUpdated" not in {name for name, _ in panel.signals}, "a new layout would close an open menu"
    program.tell("more")
    wait_for("the new layout", lambda: [s for s in panel.signals if s[0] == "LayoutUpdated"])
    panel.signals.clear()
    program.tell("show nothing new")
    panel.ask("/StatusNotifierItem", ITEM, "Activate", "ii", (5, 5))
    program.hear("ACTION Click()")
    assert panel.signals == []

    panel.ask("/StatusNotifierItem", ITEM, "Scroll", "is", (1, "vertical"))
    panel.ask("/StatusNotifierItem", ITEM, "SecondaryActivate", "ii", (5, 5))
    unknown = panel.ask("/StatusNotifierItem", ITEM, "Explode")
    assert unknown.header.message_type is MessageType.error
    assert program.said == []
    xml = panel.ask("/MenuBar", "org.freedesktop.DBus.Introspectable", "Introspect").body[0]
    assert 'name="ItemsPropertiesUpdated"' in xml
    program.tell("quit")
    program.hear("END")
    panel.close()


def test_a_watcher_without_a_panel_is_not_a_tray(desk: Desk) -> None:
    panel = ScriptedPanel(desk.env["DBUS_SESSION_BUS_ADDRESS"], has_host=False)
    program = TrayProgram(desk)
    program.hear("PRESENCE waiting")
    assert not panel.registered, "a panel that comes now may never learn of us"
    panel.say_host_came()
    program.hear("PRESENCE shown")
    assert len(panel.registered) == 1
    panel.say_host_came()
    assert panel.properties()["Status"] == "Active"
    assert len(panel.registered) == 1
    panel.close()


def test_a_panel_that_never_calls_itself_the_host(desk: Desk) -> None:
    panel = ScriptedPanel(desk.env["DBUS_SESSION_BUS_ADDRESS"], has_host=False)
    program = TrayProgram(desk)
    program.hear("PRESENCE waiting")
    wait_for("the registration all the same", lambda: panel.registered)
    assert panel.properties()["Status"] == "Active"
    assert program.said == []
    panel.close()


def test_panel_restarts(desk: Desk) -> None:
    address = desk.env["DBUS_SESSION_BUS_ADDRESS"]
    program = TrayProgram(desk)
    program.hear("PRESENCE waiting")
    for _ in range(3):
        panel = ScriptedPanel(address)
        program.hear("PRESENCE shown")
        assert panel.properties()["Status"] == "Active"
        panel.close()
        program.hear("PRESENCE waiting")


def test_panel_is_replaced_at_once(desk: Desk) -> None:
    """Between the two nobody is missing, and still the second one knows nothing of us until it is told."""
    address = desk.env["DBUS_SESSION_BUS_ADDRESS"]
    first = ScriptedPanel(address)
    program = TrayProgram(desk)
    program.hear("PRESENCE shown")
    second = ScriptedPanel(address, at_once=True)
    wait_for("the second registration", lambda: second.registered)
    assert second.registered == first.registered
    assert second.properties()["Status"] == "Active"
    program.tell("quit")
    program.hear("END")
    for panel in (first, second):
        panel.close()


def test_bus_goes_and_comes_back(desk: Desk) -> None:
    """The session bus of systemd comes back at its old place; until then the program goes on and says so."""
    place = desk.folder / "bus" / "fixed"
    config = desk.folder / "fixed.conf"
    config.write_text(bus_config(f"unix:path={place}"))

    def start() -> subprocess.Popen[str]:
        bus = desk.start(need("dbus-daemon", package="dbus"), f"--config-file={config}", "--nofork")
        wait_for("the bus", place.exists)
        return bus

    bus = start()
    desk.env["DBUS_SESSION_BUS_ADDRESS"] = address = f"unix:path={place}"
    first = ScriptedPanel(address)
    program = TrayProgram(desk)
    program.hear("PRESENCE shown")
    assert first.registered
    desk.end(bus)
    program.hear("PRESENCE lost")
    place.unlink(missing_ok=True)
    start()
    second = ScriptedPanel(address)
    program.hear("PRESENCE shown")
    program.tell("unseen 5")
    wait_for("the new tooltip", lambda: second.properties()["ToolTip"][2] == "Notifier: 5 unseen messages")
    program.tell("quit")
    program.hear("END")
    second.close()


def test_ends_at_once_while_the_bus_is_lost(tmp_path: Path) -> None:
    with desk_in(tmp_path) as desk:
        _lose_the_bus_and_quit(desk, desk.start_bus())


def _lose_the_bus_and_quit(desk: Desk, bus: subprocess.Popen[str]) -> None:
    panel = ScriptedPanel(desk.env["DBUS_SESSION_BUS_ADDRESS"])
    program = TrayProgram(desk)
    program.hear("PRESENCE shown")
    desk.end(bus)
    program.hear("PRESENCE lost")
    program.tell("quit")
    program.hear("END", 5)
    assert panel.registered
