"""What follows from what the services say about the network, and from the kernel's own tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from notifier.system.machine import Machine, agreed, has_route


@pytest.mark.parametrize(
    ("nm", "networkd", "routed", "online"),
    [
        (None, None, True, None),
        (None, None, False, None),
        (True, None, False, True),
        (False, True, False, True),
        (None, True, False, True),
        (False, None, False, False),
        (False, False, False, False),
        (False, None, True, None),  # a connection that NetworkManager does not manage
    ],
)
def test_agreed(nm: bool | None, networkd: bool | None, routed: bool, online: bool | None) -> None:
    assert agreed(nm, networkd, lambda: routed) is online


HEAD = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
LAN = "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
DEFAULT = "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
ZERO = "0" * 32
SIX = f"{ZERO} 00 {ZERO} 00 fd000000000000000000000000000001 00000400 00000002 00000000 00000003     eth0\n"
SIX_REJECT = f"{ZERO} 00 {ZERO} 00 {ZERO} ffffffff 00000001 00000000 00200200       lo\n"


@pytest.mark.parametrize(
    ("four", "six", "routed"),
    [
        (HEAD + LAN + DEFAULT, "", True),
        (HEAD + LAN, "", False),
        (HEAD, SIX, True),
        (HEAD, SIX_REJECT, False),
        (HEAD, SIX_REJECT.replace("      lo", "    eth0"), False),
        ("", "", False),
        ("garbage\n\n", "garbage\n", False),
    ],
)
def test_has_route(tmp_path: Path, four: str, six: str, routed: bool) -> None:
    (tmp_path / "route").write_text(four)
    (tmp_path / "ipv6_route").write_text(six)
    assert has_route(tmp_path) is routed


def test_without_tables_there_is_no_route(tmp_path: Path) -> None:
    assert not has_route(tmp_path)


def test_without_a_bus_nobody_knows_and_nobody_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    told: list[object] = []
    machine = Machine(on_resume=lambda: told.append("resume"), on_network=told.append)
    assert machine.online is None and not machine.tells_of_resume
    machine.stop()
    machine.stop()
    assert told == []
