"""Suspend, resume and network as logind, NetworkManager and networkd tell of them, on a private system bus."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier.system import machine as module
from notifier.system.machine import Machine
from tests.live.private_bus import private_bus, running, wait_until
from tests.live.system_bus import LOGIND, NETWORKD, NM, SystemBus, system_bus

pytestmark = pytest.mark.live


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SystemBus]:
    with system_bus(tmp_path / "b") as bus:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
        monkeypatch.setattr(module, "has_route", lambda: False)  # this computer's own network is not the question
        yield bus


def test_suspend_and_resume(bus: SystemBus) -> None:
    told: list[str] = []
    with running(bus.mock("--template", "logind"), env=bus.env):
        wait_until(lambda: bus.has(LOGIND), "logind is there")
        machine = Machine(on_suspend=lambda: told.append("suspend"), on_resume=lambda: told.append("resume"))
        assert machine.tells_of_resume
        for begins in (True, False, True, False):
            bus.sleep(begins)
        wait_until(lambda: len(told) == 4, "four signals")
        assert told == ["suspend", "resume"] * 2
        machine.stop()
        bus.sleep(True)
    assert len(told) == 4


def test_a_logind_that_comes_later(bus: SystemBus) -> None:
    resumed = threading.Event()
    told: list[bool] = []
    machine = Machine(on_resume=resumed.set, on_logind=told.append)
    assert not machine.tells_of_resume
    with running(bus.mock("--template", "logind"), env=bus.env):
        wait_until(lambda: machine.tells_of_resume, "it is noticed")
        bus.sleep(False)
        assert resumed.wait(10)
    wait_until(lambda: not machine.tells_of_resume, "and its end too")
    assert told == [True, False]
    machine.stop()


def test_networkmanager(bus: SystemBus) -> None:
    told: list[bool | None] = []
    machine = Machine(on_network=told.append)
    assert machine.online is None
    with running(bus.mock("--template", "networkmanager"), env=bus.env):
        wait_until(lambda: told == [True], "NetworkManager says it is connected")
        mock = "org.freedesktop.NetworkManager"
        for state, online in ((20, False), (40, False), (50, None), (70, True), (60, True), (10, False)):
            bus.network(state)
            wait_until(lambda expected=online: machine.online is expected, f"{mock} state {state}")
        assert told == [True, False, None, True, False]
    wait_until(lambda: machine.online is None, "without it nobody knows")
    machine.stop()


def test_networkd(bus: SystemBus) -> None:
    name, path, interface = NETWORKD
    with running(bus.mock(name, path, interface), env=bus.env):
        wait_until(lambda: bus.has(NETWORKD), "networkd is there")
        state = (f"string:{interface}", "string:OnlineState")
        bus.call(NETWORKD, "AddProperty", *state, "variant:string:online", interface="org.freedesktop.DBus.Mock")
        told: list[bool | None] = []
        machine = Machine(on_network=told.append)
        wait_until(lambda: told == [True], "networkd says online")
        bus.call(NETWORKD, "Set", *state, "variant:string:offline", interface="org.freedesktop.DBus.Properties")
        wait_until(lambda: told == [True, False], "networkd says offline")
        machine.stop()


def test_nothing_is_started_by_asking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that the bus could start, but that the user does not run, stays as it is."""
    services = tmp_path / "services"
    services.mkdir()
    (services / "nm.service").write_text(
        f"[D-BUS Service]\nName={NM[0]}\nExec=/usr/bin/touch {tmp_path}/started\nUser=root\n"
    )
    with private_bus(tmp_path / "s", kind="session", services=services) as address:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        machine = Machine()
        assert machine.online is None
        machine.stop()
    assert not (tmp_path / "started").exists()


def test_a_lost_bus_is_not_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with private_bus(tmp_path / "b", kind="system") as address:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        machine = Machine()
    wait_until(lambda: machine._bus is not None and not machine._bus.alive, "the bus is gone")
    assert machine.online is None and not machine.tells_of_resume
    machine.stop()
