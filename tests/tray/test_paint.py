"""Faces painted by a child process are the very pictures, and remembered."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from notifier.tray import paint
from notifier.tray.face import Face, State
from notifier.tray.picture import picture

FACE = Face(State.TROUBLE, 4, 0.5)


def test_pixels_are_argb_of_every_size() -> None:
    for width, height, pixels in paint.Painter().pixmaps(FACE):
        image = picture(FACE, width)
        assert (width, height, len(pixels)) == (image.width, image.height, width * height * 4)
        for x, y in ((1, 1), (width // 2, height // 2), (width - 3, 3)):
            red, green, blue, alpha = image.getpixel((x, y))  # type: ignore[misc]
            start = (y * width + x) * 4
            assert tuple(pixels[start : start + 4]) == (alpha, red, green, blue)


def test_painted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []
    run: Callable[..., Any] = subprocess.run
    monkeypatch.setattr(paint.subprocess, "run", lambda *a, **k: (calls.append(a), run(*a, **k))[1])
    painter = paint.Painter()
    first = painter.pixmaps(FACE)
    assert painter.pixmaps(FACE) == first
    assert len(calls) == 1


def test_a_failing_child_does_not_cost_the_icon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paint.sys, "executable", "/nonexistent/python")
    assert paint.Painter().pixmaps(FACE)[0][2] == paint.pixels(FACE)[: 16 * 16 * 4]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paint, "_painted", lambda _face: bytes(sum(s * s * 4 for s in paint.SIZES)))
    painter = paint.Painter()
    for step in range(3 * paint.REMEMBERED):
        painter.pixmaps(Face(State.NEW, step % 10, step / 200))
    assert len(painter._known) == paint.REMEMBERED
