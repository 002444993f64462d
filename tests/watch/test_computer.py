"""Who tells of a resume: a service where there is one, the kernel elsewhere."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from notifier.watch import computer
from notifier.watch.computer import Computer


def nothing(*_arguments: object) -> None:
    """What is told does not matter here."""


class Teller:
    """Stands for a service or a timer."""

    tells_of_resume = True

    def __init__(self, *_arguments: object) -> None:
        self.stopped = 0

    def stop(self) -> None:
        self.stopped += 1


told: list[bool] = []


def made() -> Computer:
    told.clear()
    return Computer(on_resume=nothing, on_network=nothing, on_jump=nothing, on_told=told.append)


def test_no_timer_where_a_service_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    machine, alarms = Teller(), list[Teller]()
    monkeypatch.setattr(computer, "_machine", lambda *_arguments: machine)
    monkeypatch.setattr(computer, "_alarm", lambda _on_jump: alarms.append(Teller()) or alarms[-1])
    found = made()
    assert told == [True]
    assert alarms == []
    found.stop()
    assert machine.stopped == 1


@pytest.mark.parametrize("machine", [None, SimpleNamespace(tells_of_resume=False, stop=nothing)])
def test_the_kernel_where_no_service_tells(monkeypatch: pytest.MonkeyPatch, machine: Any) -> None:
    alarm = Teller()
    monkeypatch.setattr(computer, "_machine", lambda *_arguments: machine)
    monkeypatch.setattr(computer, "_alarm", lambda _on_jump: alarm)
    found = made()
    assert told == [True]
    found.stop()
    assert alarm.stopped == 1


def test_nobody_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the loop has to look at the clocks by itself."""
    monkeypatch.setattr(computer, "_machine", lambda *_arguments: None)
    monkeypatch.setattr("notifier.system.clock_alarm._create", lambda: (_ for _ in ()).throw(OSError(38, "no timers")))
    found = made()
    assert told == [False]
    found.stop()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a timer of Linux")
def test_on_linux_without_a_system_bus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    found = made()
    assert told == [True]
    found.stop()
