"""A window is a child process: request in, answer out, whatever happens to it."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from notifier.config import SettingsError
from notifier.errors import NotifierError
from notifier.windows import process


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ('{"ok": true, "sent": 3}\n', {"ok": True, "sent": 3}),
        ('stray words\n{"ok": true}\n', {"ok": True}),
        ("", {"ok": False, "trouble": "broken", "message": ""}),
        ("Traceback (most recent call last):\n", {"ok": False, "trouble": "broken", "message": ""}),
        ("[1]", {"ok": False, "trouble": "broken", "message": ""}),
    ],
)
def test_only_a_json_object_is_an_answer(said: str, expected: dict[str, Any]) -> None:
    assert process.read_answer(said) == expected


def serve(window: Any, request: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, dict[str, Any]]:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdin", io.StringIO(request))
    monkeypatch.setattr(sys, "stdout", out)
    status = process.serve(window)
    return status, json.loads(out.getvalue())


def test_what_a_window_prints_does_not_mix_with_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def window(request: Mapping[str, Any]) -> dict[str, Any]:
        print("noise")
        return {"echo": request["x"]}

    assert serve(window, '{"x": "ü"}', monkeypatch) == (0, {"ok": True, "echo": "ü"})


def test_no_display_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def window(request: Mapping[str, Any]) -> dict[str, Any]:
        import tkinter

        raise tkinter.TclError("no display name and no $DISPLAY environment variable")

    status, answer = serve(window, "{}", monkeypatch)
    assert status == process.NO_WINDOW
    assert answer["trouble"] == process.NO_DISPLAY
    assert "display" in answer["message"]


def test_no_tk_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tkinter", None)
    status, answer = serve(lambda _: {}, "{}", monkeypatch)
    assert status == process.NO_WINDOW
    assert "python3-tk" in answer["message"]


def test_a_window_that_cannot_even_start_is_broken_not_waited_for() -> None:
    window = process.open_window("there_is_no_such_window", {"password": "x"})
    assert window.answer(timeout=30) == {"ok": False, "trouble": "broken", "message": ""}
    assert window.finished


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (SettingsError(Path("config.toml"), ["[general] on_click = 3: not allowed"]), process.SETTINGS),
        (NotifierError("the disk is full"), process.REFUSED),
    ],
)
def test_what_keeps_a_window_from_opening_is_said_on_the_screen(
    error: NotifierError, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    monkeypatch.setattr("notifier.windows.notice.notice", shown.append)

    def window(_request: Mapping[str, Any]) -> dict[str, Any]:
        raise error

    status, answer = serve(window, "{}", monkeypatch)
    assert (status, answer["trouble"], answer["message"]) == (0, trouble, str(error))
    assert shown == [str(error)]
