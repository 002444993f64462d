"""One icon from two ways: the bus preferred, the X11 dock only while no panel takes the other, and one presence."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from threading import Event, Thread

import pytest

from notifier.tray import Face, Presence, State, View
from notifier.tray.interface import OnAction, OnPresence
from notifier.tray.library import Unavailable
from notifier.tray.linux import LinuxTray

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the trays of free desktops")
VIEW = View(Face(State.NEW, 2), "Notifier: 2 unseen messages")


class Way:
    """Stands for one of the two ways: runs until stopped, keeps what it was shown, says what it is told to say."""

    made: list[Way]
    name = "way"

    def __init__(self, _on_action: OnAction, says: OnPresence) -> None:
        self.says = says
        self.shown: list[View] = []
        self.ended = Event()
        type(self).made.append(self)

    def run(self, on_ready: Callable[[], None]) -> None:
        on_ready()
        self.ended.wait(20)

    def show(self, view: View) -> None:
        self.shown.append(view)

    def stop(self) -> None:
        self.ended.set()


class Sni(Way):
    name = "StatusNotifierItem"


class Dock(Way):
    name = "XEMBED"


@pytest.fixture(autouse=True)
def ways(monkeypatch: pytest.MonkeyPatch) -> None:
    Sni.made, Dock.made = [], []
    monkeypatch.setattr("notifier.tray.sni.tray.SniTray", Sni)
    fake = type(sys)("notifier.tray.xembed.tray")  # the real one needs a display to be loaded
    monkeypatch.setattr(fake, "XembedTray", Dock, raising=False)
    monkeypatch.setitem(sys.modules, "notifier.tray.xembed.tray", fake)
    monkeypatch.setattr("notifier.tray.linux.GRACE", 0.05)


def running(told: list[Presence], *, over_bus: bool = True, over_x: bool = True) -> tuple[LinuxTray, Thread]:
    tray = LinuxTray(lambda _action: None, told.append, over_bus=over_bus, over_x=over_x)
    ready = Event()
    thread = Thread(target=tray.run, args=(ready.set,), daemon=True)
    thread.start()
    assert ready.wait(10)
    return tray, thread


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_panel_on_the_bus_needs_no_dock() -> None:
    told: list[Presence] = []
    tray, thread = running(told)
    Sni.made[0].says(Presence.SHOWN)
    time.sleep(0.2)
    assert Dock.made == [] and told == [Presence.SHOWN] and tray.name == "StatusNotifierItem"
    tray.stop()
    thread.join(10)
    assert not thread.is_alive()


def test_the_dock_comes_and_goes_with_the_panel() -> None:
    told: list[Presence] = []
    tray, thread = running(told)
    tray.show(VIEW)
    for round_ in range(2):
        Sni.made[0].says(Presence.WAITING)
        until(lambda expected=round_ + 1: len(Dock.made) == expected and tray.name == "XEMBED")
        dock = Dock.made[-1]
        until(lambda dock=dock: dock.shown)
        assert dock.shown == [VIEW], "it begins with what is to be seen now"
        dock.says(Presence.SHOWN)
        Sni.made[0].says(Presence.SHOWN)
        assert dock.ended.is_set() and tray.name == "StatusNotifierItem"
    assert told == [Presence.WAITING, Presence.SHOWN] * 2
    tray.stop()
    thread.join(10)


def test_no_dock_where_x_is_not_worth_it() -> None:
    told: list[Presence] = []
    tray, thread = running(told, over_x=False)
    Sni.made[0].says(Presence.WAITING)
    time.sleep(0.2)
    assert Dock.made == [] and told == [Presence.WAITING]
    tray.stop()
    thread.join(10)


def test_only_x() -> None:
    told: list[Presence] = []
    tray, thread = running(told, over_bus=False)
    assert Sni.made == [] and tray.name == "XEMBED"
    Dock.made[0].says(Presence.LOST)
    assert told == [Presence.LOST]
    tray.stop()
    thread.join(10)
    assert Dock.made[0].ended.is_set() and not thread.is_alive()


def test_a_dock_that_cannot_be_is_no_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_on_action: OnAction, _says: OnPresence) -> Dock:
        raise Unavailable("no display")

    monkeypatch.setattr(sys.modules["notifier.tray.xembed.tray"], "XembedTray", none)
    told: list[Presence] = []
    tray, thread = running(told)
    Sni.made[0].says(Presence.WAITING)
    time.sleep(0.2)
    assert tray.name == "StatusNotifierItem" and thread.is_alive()
    Sni.made[0].says(Presence.SHOWN)
    assert told == [Presence.WAITING, Presence.SHOWN]
    tray.stop()
    thread.join(10)


def test_stopped_while_it_waits_for_a_panel() -> None:
    tray, thread = running([])
    tray.stop()
    thread.join(10)
    time.sleep(0.2)
    assert Dock.made == [] and not thread.is_alive()
