"""Texts for Windows: never a unit too many, never half a character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.tray.clipping import TIP, clipped, windows_label


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@pytest.mark.parametrize(
    ("text", "room", "expected"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("ab cd", 4, "ab…"),
        ("😀😀", 4, "😀😀"),
        ("😀😀", 3, "😀…"),
        ("😀😀", 2, "…"),
    ],
)
def test_clipped(text: str, room: int, expected: str) -> None:
    assert clipped(text, room) == expected


@given(st.text(max_size=400), st.integers(1, TIP))
def test_never_too_long_never_split(text: str, room: int) -> None:
    short = clipped(text, room)
    assert units(short) <= room
    assert short == text or text.startswith(short.removesuffix("…"))


def test_ampersands_are_no_access_keys() -> None:
    assert windows_label("R&D: 3 unseen") == "R&&D: 3 unseen"
