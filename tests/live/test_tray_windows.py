"""The Windows icon, run for real under Wine: docked in an X11 tray, clicked, its menu used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.desktop import Desk, TrayProgram, desk_in
from tests.live.test_tray_x11_panels import Screen, start_trayer
from tests.live.windows_under_wine import WinePython, turn, wine_python

# One Wine serves one display: two tests at once would find their icons on each other's screen.
pytestmark = [pytest.mark.live, pytest.mark.xdist_group("wine")]


@pytest.fixture(autouse=True)
def in_turn() -> Iterator[None]:
    with turn():
        yield


@pytest.fixture(scope="session")
def windows() -> WinePython:
    return wine_python()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_in(tmp_path) as desk:
        desk.start_display()
        yield desk


@pytest.mark.timeout(500)
def test_icon_in_the_tray(windows: WinePython, desk: Desk) -> None:
    start_trayer(desk)
    desk.env.update(windows.env(desk.env))
    screen = Screen(desk, "windows")
    program = TrayProgram(desk, "check", python=tuple(windows.command()))
    program.hear("READY Windows", 120)
    x, y = screen.icon()
    screen.keep("shown")
    screen.hover(x, y)
    screen.read("least 62")  # the letters are too small for more to be recognised
    screen.keep("tooltip")
    program.tell("balloon")
    screen.read("Work")  # the title: the text below it is too small for recognition
    screen.keep("balloon")
    screen.click(x, y)
    program.hear("ACTION Click()")
    screen.click(x, y, button=3)
    screen.read("Start at login")
    screen.keep("menu")
    screen.click(*screen.read("Write a mail"))
    program.hear("ACTION Compose()")
    program.tell("quit")
    program.hear("END")


@pytest.mark.timeout(500)
def test_click_opens_the_menu_when_set_so(windows: WinePython, desk: Desk) -> None:
    start_trayer(desk)
    desk.env.update(windows.env(desk.env))
    screen = Screen(desk, "windows-click")
    program = TrayProgram(desk, "menu", python=tuple(windows.command()))
    program.hear("READY Windows", 120)
    screen.click(*screen.icon())
    screen.click(*screen.read("Mark all as seen"))
    program.hear("ACTION MarkSeen(account=None)")
    program.tell("quit")
    program.hear("END")
