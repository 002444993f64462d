"""Questions asked at the same time, answers taken in order of preference, nobody waited for longer than is useful."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from notifier.errors import NotifierError

log = logging.getLogger(__name__)
T = TypeVar("T")
POLL = 0.1  # seconds between looks at whether somebody cancelled


class Questions(Generic[T]):
    """Each question runs in a thread of its own, which is left behind if it does not come back in time."""

    def __init__(self, questions: Sequence[Callable[[], T | None]], seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._answers: queue.SimpleQueue[tuple[int, T | None]] = queue.SimpleQueue()
        self.open = set(range(len(questions)))
        for place, question in enumerate(questions):
            threading.Thread(target=self._ask, args=(place, question), daemon=True).start()

    def _ask(self, place: int, question: Callable[[], T | None]) -> None:
        answer = None
        try:
            answer = question()
        except NotifierError as error:
            log.info("%s", error)
        except Exception:  # a question that breaks is one without an answer, but somebody should see why
            log.exception("a search failed in an unforeseen way")
        self._answers.put((place, answer))

    def answers(self, cancelled: Callable[[], bool]) -> Iterator[tuple[int, T | None]]:
        """Place and answer of each question as they come, until all are there, time is up, or `cancelled`."""
        while self.open and not cancelled():
            left = self._end - time.monotonic()
            if left <= 0:
                return
            try:
                place, answer = self._answers.get(timeout=min(left, POLL))
            except queue.Empty:
                continue
            self.open.discard(place)
            yield place, answer


def best(questions: Sequence[Callable[[], T | None]], seconds: float, cancelled: Callable[[], bool]) -> T | None:
    """The first question's answer if it has one, else the second's…; waits no longer than until that is settled."""
    asked: Questions[T] = Questions(questions, seconds)
    found: dict[int, T] = {}
    for place, answer in asked.answers(cancelled):
        if answer is not None:
            found[place] = answer
        if found and min(found) < min(asked.open, default=len(questions)):
            break
    return found[min(found)] if found else None
