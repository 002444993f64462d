"""A system bus of a test's own, on which mocks of logind, NetworkManager and networkd come and go."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.live.needs import missing
from tests.live.private_bus import private_bus

PYTHON = "/usr/bin/python3"  # Debian's own: python3-dbusmock is installed for it
LOGIND = ("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager")
NM = ("org.freedesktop.NetworkManager", "/org/freedesktop/NetworkManager", "org.freedesktop.NetworkManager")
NETWORKD = ("org.freedesktop.network1", "/org/freedesktop/network1", "org.freedesktop.network1.Manager")


class SystemBus:
    """A system bus on which mocks of the services come and go."""

    def __init__(self, address: str) -> None:
        self.address = address
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

    def network(self, state: int) -> None:
        """NetworkManager's state: 20 disconnected, 70 connected to the world."""
        self.call(NM, "SetGlobalConnectionState", f"uint32:{state}", interface="org.freedesktop.DBus.Mock")


@contextmanager
def system_bus(folder: Path) -> Iterator[SystemBus]:
    there = subprocess.run([PYTHON, "-c", "import dbusmock"], capture_output=True, check=False).returncode == 0
    if not there:
        missing("dbusmock is not installed (Debian package python3-dbusmock)")
    with private_bus(folder, kind="system") as address:
        yield SystemBus(address)
