"""The whole program while the computer sleeps, wakes up and gets its network back, as system services tell it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from notifier import tray
from notifier.alerts.alert import Alert
from notifier.alerts.senders.seam import Abilities
from notifier.config import load
from notifier.demo.mailbox import Mailbox
from notifier.demo.pop3_server import Pop3Server
from notifier.places import Places
from notifier.servers.secret import Secret
from notifier.system import machine as machine_module
from notifier.watch import watcher
from notifier.watch.program import Program
from tests.live.private_bus import running, wait_until
from tests.live.system_bus import LOGIND, NM, SystemBus, system_bus

pytestmark = pytest.mark.live

# 127.1 is this computer too, but no name by which the program takes a server for its own computer's.
SETTINGS = """
[general]
interval = "1 h"

[[account]]
name = "Work"
[account.pop3]
host = "127.1"
port = {port}
security = "none"
allow_plaintext = true
user = "ann"
"""


class Icon:
    """A tray that remembers what it showed."""

    name = "recorder"
    capabilities = frozenset[tray.Capability]()

    def __init__(self) -> None:
        self.views: list[tray.View] = []
        self._stopped = threading.Event()

    def run(self, on_ready: Callable[[], None]) -> None:
        on_ready()
        self._stopped.wait()

    def show(self, view: tray.View) -> None:
        self.views.append(view)

    def stop(self) -> None:
        self._stopped.set()

    @property
    def state(self) -> tray.State | None:
        return self.views[-1].face.state if self.views else None


class Ear:
    name = "ear"
    abilities = Abilities()

    def __init__(self) -> None:
        self.heard: list[Alert] = []

    def send(self, alert: Alert) -> None:
        self.heard.append(alert)

    def close(self, key: str) -> None: ...

    def stop(self) -> None: ...


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SystemBus]:
    with system_bus(tmp_path / "b") as bus:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
        monkeypatch.setattr(machine_module, "has_route", lambda: False)
        monkeypatch.setattr(signal, "signal", lambda *_: None)  # the program runs beside the test's own main thread
        monkeypatch.setattr(watcher, "AFTER_RESUME", 1.0)
        monkeypatch.setattr(watcher, "SPREAD", 0.0)
        with running(bus.mock("--template", "logind"), env=bus.env):
            with running(bus.mock("--template", "networkmanager"), env=bus.env):
                wait_until(lambda: bus.has(LOGIND) and bus.has(NM), "logind and NetworkManager")
                yield bus


@pytest.mark.timeout(120)
def test_a_night_and_a_morning(bus: SystemBus, tmp_path: Path) -> None:
    """An hour lies between two checks here: what is looked at sooner is looked at because somebody told."""
    box = Mailbox()
    server = Pop3Server({"ann": box}, {"ann": "good"})
    server.start()
    port = server.port
    places = Places(tmp_path, tmp_path)
    places.config.write_text(SETTINGS.format(port=port))
    icon, ear = Icon(), Ear()
    program = Program(places, load(places.config), lambda *_: Secret("good"), ear, icon=icon, offer_login=False)
    thread = threading.Thread(target=program.run)
    thread.start()
    try:
        wait_until(lambda: len(ear.heard) == 1, "the word that it watches")
        wait_until(lambda: program._watcher.resume_is_told, "logind is there: the clocks need no looking at")

        bus.sleep(True)
        server.stop()
        bus.network(20)
        wait_until(lambda: icon.state is tray.State.OFFLINE, "the icon for no network")
        wait_until(lambda: "No network" in icon.views[-1].tooltip, "and its words")
        bus.sleep(False)
        wait_until(lambda: _trouble(program) is not None, "the check after waking up, in vain")
        assert icon.state is tray.State.OFFLINE

        box.add(900)
        server = Pop3Server({"ann": box}, {"ann": "good"}, port=port)
        server.start()
        bus.network(70)
        wait_until(lambda: icon.state is tray.State.NEW, "the check once the network is there")
        wait_until(lambda: len(ear.heard) == 2, "the alert for the new mail")
        assert "1 new" in ear.heard[1].summary + ear.heard[1].body
        assert _trouble(program) is None
    finally:
        program.quit()
        thread.join(20)
        server.stop()
    assert not thread.is_alive()
    assert len(ear.heard) == 2, "being offline was never an alert"


@pytest.mark.timeout(60)
def test_waking_up_with_a_network_is_a_check(bus: SystemBus, tmp_path: Path) -> None:
    box = Mailbox()
    server = Pop3Server({"ann": box}, {"ann": "good"})
    server.start()
    places = Places(tmp_path, tmp_path)
    places.config.write_text(SETTINGS.format(port=server.port))
    icon, ear = Icon(), Ear()
    program = Program(places, load(places.config), lambda *_: Secret("good"), ear, icon=icon, offer_login=False)
    thread = threading.Thread(target=program.run)
    thread.start()
    try:
        wait_until(lambda: len(ear.heard) == 1, "the word that it watches")
        sessions = server.wire.count("STAT")
        assert sessions == 1, "what NetworkManager says at the start is no reason to check twice"
        box.add(900)
        bus.sleep(True)
        bus.sleep(False)
        wait_until(lambda: icon.state is tray.State.NEW, "the check after waking up")
    finally:
        program.quit()
        thread.join(20)
        server.stop()


def _trouble(program: Program) -> object:
    return program._overview.accounts[0].trouble
