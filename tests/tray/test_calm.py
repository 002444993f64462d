"""The icon stays still through checks that are over at once."""

from __future__ import annotations

import time
from collections.abc import Callable

from notifier.tray import Capability, Face, State, View
from notifier.tray.calm import CalmTray, calm

QUIET, NEW = View(Face()), View(Face(State.NEW, 2), "2 unseen")
CHECKING = View(Face(State.CHECKING), "checking")


class Recorder:
    """A tray that keeps what it was shown."""

    name = "recorder"
    capabilities: frozenset[Capability] = frozenset()

    def __init__(self) -> None:
        self.shown: list[View] = []
        self.stopped = 0

    def run(self, on_ready: Callable[[], None]) -> None:
        on_ready()

    def show(self, view: View) -> None:
        self.shown.append(view)

    def stop(self) -> None:
        self.stopped += 1


def faces(recorder: Recorder) -> list[State]:
    return [view.face.state for view in recorder.shown]


def test_a_short_check_is_not_seen() -> None:
    recorder = Recorder()
    tray = CalmTray(recorder, patience=30)
    for view in (QUIET, CHECKING, NEW):
        tray.show(view)
    assert faces(recorder) == [State.QUIET, State.QUIET, State.NEW]
    assert recorder.shown[1].tooltip == "checking"  # words change at once
    tray.stop()
    assert recorder.stopped == 1


def test_a_long_check_is_seen() -> None:
    recorder = Recorder()
    tray = CalmTray(recorder, patience=0.01)
    tray.show(QUIET)
    tray.show(CHECKING)
    end = time.monotonic() + 10
    while faces(recorder)[-1] is not State.CHECKING and time.monotonic() < end:
        time.sleep(0.01)
    assert faces(recorder) == [State.QUIET, State.QUIET, State.CHECKING]
    tray.show(CHECKING)
    tray.show(NEW)
    assert faces(recorder)[-2:] == [State.CHECKING, State.NEW]


def test_the_first_view_is_shown_as_it_is() -> None:
    recorder = Recorder()
    CalmTray(recorder, patience=30).show(CHECKING)
    assert faces(recorder) == [State.CHECKING]


def test_nothing_is_shown_after_the_stop() -> None:
    recorder = Recorder()
    tray = CalmTray(recorder, patience=0.05)
    tray.show(QUIET)
    tray.show(CHECKING)
    tray.stop()
    time.sleep(0.2)
    assert faces(recorder) == [State.QUIET, State.QUIET]


def test_balloons_only_where_the_tray_has_them() -> None:
    class WithBalloons(Recorder):
        capabilities = frozenset({Capability.BALLOON})

        def notify(self, title: str, text: str) -> None:
            self.said = (title, text)

    assert not hasattr(calm(Recorder()), "notify")
    icon = WithBalloons()
    calm(icon).notify("Work", "1 new message")  # type: ignore[attr-defined]
    assert icon.said == ("Work", "1 new message")
