"""The icon as a value: which state wins, the number's ceiling, the bar's steps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.overview import AccountState, Overview, TroubleNote
from notifier.tray.face import COUNT_MOST, Face, State, face_of

WRONG_PASSWORD = TroubleNote("auth", "The password was refused.", None, 1000.0)
IN_USE = TroubleNote("in-use", "In use.", 1300.0, 1000.0)


@pytest.mark.parametrize(
    ("overview", "expected"),
    [
        (Overview(), Face(State.QUIET)),
        (Overview((AccountState("A", 4, 10),)), Face(State.QUIET)),
        (Overview((AccountState("A", 4, 10, unseen=3),)), Face(State.NEW, 3)),
        (Overview((AccountState("A", unseen=3), AccountState("B", unseen=4))), Face(State.NEW, 7)),
        (Overview((AccountState("A", unseen=3, muted=True),)), Face(State.QUIET)),
        (Overview((AccountState("A", unseen=3, checking=True),)), Face(State.CHECKING, 3)),
        (Overview((AccountState("A", checking=True, trouble=WRONG_PASSWORD),)), Face(State.TROUBLE)),
        (Overview((AccountState("A", trouble=IN_USE),)), Face(State.QUIET)),
        (Overview((AccountState("A", trouble=WRONG_PASSWORD, muted=True),)), Face(State.QUIET)),
        (Overview((AccountState("A", trouble=WRONG_PASSWORD),), offline=True), Face(State.OFFLINE)),
        (Overview((AccountState("A", unseen=12),), offline=True, paused_until=5.0), Face(State.PAUSED, COUNT_MOST)),
        (Overview((AccountState("A", percent=34.9), AccountState("B", percent=12.0))), Face(State.QUIET, 0, 0.3)),
    ],
)
def test_face_of(overview: Overview, expected: Face) -> None:
    assert face_of(overview) == expected


@given(st.integers(-5, 10_000), st.none() | st.floats(-10, 500))
def test_every_face_can_be_drawn(unseen: int, percent: float | None) -> None:
    """Whatever is known, the number and the bar stay in the range the artwork has."""
    face = face_of(Overview((AccountState("A", 1, 1, unseen, percent=percent),)))
    assert 0 <= face.count <= COUNT_MOST
    assert face.fill is None or 0 <= face.fill <= 1
    assert (face.fill == 1) == (percent is not None and percent >= 100)
