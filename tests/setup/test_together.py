"""Questions asked at once: the best answer wins, nobody is waited for in vain, a broken question harms no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from notifier.setup.together import best

NEVER = threading.Event()


def no() -> bool:
    return False


def slow() -> str:
    NEVER.wait(30)
    return "slow"


def broken() -> str:
    raise RuntimeError("broken")


def nothing() -> None:
    return None


def good() -> str:
    return "good"


def later() -> str:
    time.sleep(0.2)
    return "later"


@pytest.mark.parametrize(
    ("questions", "answer"),
    [
        ([good, slow], "good"),
        ([later, good], "later"),
        ([nothing, good, slow], "good"),
        ([broken, good], "good"),
        ([nothing, broken], None),
        ([], None),
    ],
)
def test_the_best_answer_wins(questions: list[Callable[[], str | None]], answer: str | None) -> None:
    began = time.monotonic()
    assert best(questions, 20, no) == answer
    assert time.monotonic() - began < 20


def test_when_time_is_up_a_worse_answer_is_better_than_none() -> None:
    assert best([slow, good], 0.5, no) == "good"


def test_cancelling_ends_the_waiting() -> None:
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    assert best([slow], 25, cancelled.is_set) is None
    assert cancelled.is_set()
