"""Suspend, resume and network as logind, NetworkManager and networkd tell of them, on a private system bus."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier.system import machine as module
from notifier.system.machine import Machine
from tests.live.needs import missing
from tests.live.private_bus import private_bus, running, wait_until

pytestmark = pytest.mark.live

PYTHON = "/usr/bin/python3"  # Debian's own: python3-dbusmock is installed for it
LOGIND = ("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager")
NM = ("org.freedesktop.NetworkManager", "/org/freedesktop/NetworkManager", "org.freedesktop.NetworkManager")
NETWORKD = ("org.freedesktop.network1", "/org/freedesktop/network1", "org.freedesktop.network1.Manager")


def need_mock() -> None:
    there = subprocess.run([PYTHON, "-c", "import dbusmock"], capture_output=True, check=False).returncode == 0
    if not there:
        missing("dbusmock is not installed (Debian package python3-dbusmock)")


class SystemBus:
    """A system bus on which mocks of the services come and go."""

    def __init__(self, address: str) -> None:
        self.env = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": address, "DBUS_SESSION_BUS_ADDRESS": address}

    def mock(self, *what: str) -> list[str]:
        return [PYTHON, "-m", "dbusmock", "--system", *what]

    def call(self, service: tuple[str, str, str], method: str, *arguments: str, interface: str = "") -> str:
        name, path, own = service
        command = ["dbus-send", "--system", "--print-reply", f"--dest={name}", path, f"{interface or own}.{method}"]
        done = subprocess.run(
            [*command, *arguments], env=self.env, capture_output=True, text=True, timeout=20, check=False
        )
        return done.stdout

    def has(self, service: tuple[str, str, str]) -> bool:
        bus = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
        return "boolean true" in self.call(bus, "NameHasOwner", f"string:{service[0]}")

    def sleep(self, begins: bool) -> None:
        """logind's signal. dbus-send cannot give the nested arguments of the mock's own method for that."""
        script = (
            "import dbus, sys; o = dbus.SystemBus().get_object('org.freedesktop.login1', '/org/freedesktop/login1');"
            "o.EmitSignal('org.freedesktop.login1.Manager', 'PrepareForSleep', 'b', [sys.argv[1] == 'True'],"
            " dbus_interface='org.freedesktop.DBus.Mock')"
        )
        subprocess.run([PYTHON, "-c", script, str(begins)], env=self.env, timeout=20, check=True)


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SystemBus]:
    need_mock()
    with private_bus(tmp_path / "b", kind="system") as address:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        monkeypatch.setattr(module, "has_route", lambda: False)  # this computer's own network is not the question
        yield SystemBus(address)


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
    machine = Machine(on_resume=resumed.set)
    assert not machine.tells_of_resume
    with running(bus.mock("--template", "logind"), env=bus.env):
        wait_until(lambda: machine.tells_of_resume, "it is noticed")
        bus.sleep(False)
        assert resumed.wait(10)
    wait_until(lambda: not machine.tells_of_resume, "and its end too")
    machine.stop()


def test_networkmanager(bus: SystemBus) -> None:
    told: list[bool | None] = []
    machine = Machine(on_network=told.append)
    assert machine.online is None
    with running(bus.mock("--template", "networkmanager"), env=bus.env):
        wait_until(lambda: told == [True], "NetworkManager says it is connected")
        mock = "org.freedesktop.NetworkManager"
        for state, online in ((20, False), (40, False), (50, None), (70, True), (60, True), (10, False)):
            bus.call(NM, "SetGlobalConnectionState", f"uint32:{state}", interface="org.freedesktop.DBus.Mock")
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
