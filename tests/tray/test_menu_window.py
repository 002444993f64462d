"""The menu that a child process shows: lines arrive as they are, and a choice means the line it was made on."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from notifier.tray import CheckNow, Item, OpenMail, Quit
from notifier.tray.xembed import menu_window

ITEMS = (
    Item("Work", children=(Item("Open mail", OpenMail("Work")), Item("Check now", CheckNow("Work"), enabled=False))),
    Item("Home", children=(Item("Open mail", OpenMail("Home")), Item("Check now", CheckNow("Home"), enabled=False))),
    Item(separator=True),
    Item("Start at login", Quit(), checked=True, default=True),
    Item("Only said"),
)


def walk(items: tuple[Item, ...]) -> Iterator[Item]:
    for item in items:
        yield item
        yield from walk(item.children)


def answer(monkeypatch: pytest.MonkeyPatch, choose: Any) -> None:
    """Has the child's place taken by `choose`, which gets the lines as the child draws them."""

    def run(*_command: object, **options: Any) -> subprocess.CompletedProcess[str]:
        drawn = tuple(menu_window._drawable(plain) for plain in json.loads(options["input"]))
        return subprocess.CompletedProcess([], 0, choose(drawn))

    monkeypatch.setattr(subprocess, "run", run)


def test_lines_that_look_alike_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    for number, item in enumerate(walk(ITEMS)):

        def choose(drawn: tuple[Item, ...], number: int = number) -> str:
            action = list(walk(drawn))[number].action
            return action.account or "" if isinstance(action, CheckNow) else ""

        answer(monkeypatch, choose)
        assert menu_window.ask(ITEMS) == item.action


def test_lines_arrive_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    def look(drawn: tuple[Item, ...]) -> str:
        for got, item in zip(walk(drawn), walk(ITEMS), strict=True):
            assert (got.label, got.enabled, got.checked, got.default, got.separator) == (
                item.label, item.enabled, item.checked, item.default, item.separator)  # fmt: skip
            assert (got.action is None) == (item.action is None)
        return ""

    answer(monkeypatch, look)
    assert menu_window.ask(ITEMS) is None


def test_no_display_is_no_choice(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DISPLAY", ":987")
    assert menu_window.ask(ITEMS) is None
    assert "DisplayConnectionError" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("display", "wayland", "possible"), [(":0", "", True), (":0", "wayland-0", False), ("", "", False)]
)
def test_only_on_plain_x11(monkeypatch: pytest.MonkeyPatch, display: str, wayland: str, possible: bool) -> None:
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setenv("WAYLAND_DISPLAY", wayland)
    assert menu_window.is_possible() is possible
