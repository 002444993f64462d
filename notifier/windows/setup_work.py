"""Work that takes time, beside a window that never waits: a thread does it, the window hears of it in between."""

from __future__ import annotations

import logging
import queue
import threading
import tkinter as tk
from collections.abc import Callable
from typing import Any, TypeVar

from notifier.errors import NotifierError, Reason, Trouble
from notifier.setup.https import Ending

log = logging.getLogger(__name__)
T = TypeVar("T")
Post = Callable[[Callable[[], Any]], None]  # says something in the window's thread
Job = Callable[[Post, Ending], T]
LISTEN_MS = 40


class Work:
    """At most one piece of work at a time; what a stopped one still says is not heard."""

    def __init__(self, root: tk.Tk) -> None:
        self._root = root
        self._said: queue.SimpleQueue[tuple[Ending, Callable[[], object]]] = queue.SimpleQueue()
        self._current: Ending | None = None
        self._on_stop: Callable[[], object] = lambda: None

    @property
    def busy(self) -> bool:
        return self._current is not None

    def start(
        self,
        job: Job[T],
        *,
        done: Callable[[T], object],
        failed: Callable[[Exception], object],
        stopped: Callable[[], object],
    ) -> None:
        """Runs `job` in a thread; the others are called in the window's. `failed` gets NotifierError or OSError."""
        if self._current is not None:
            raise RuntimeError("there is work already")
        ending = Ending()
        self._current, self._on_stop = ending, stopped

        def post(what: Callable[[], object]) -> None:
            self._said.put((ending, what))

        def run() -> None:
            try:
                result = job(post, ending)
            except (NotifierError, OSError) as error:
                told = error
                post(lambda: self._over(lambda: failed(told)))
            except Exception as error:  # a bug must show as a sentence in the window, not as one that works for ever
                log.exception("work in the set-up window failed in an unforeseen way")
                name = type(error).__name__
                post(lambda: self._over(lambda: failed(Trouble(Reason.GARBAGE, said=name))))
            else:
                post(lambda: self._over(lambda: done(result)))

        threading.Thread(target=run, daemon=True).start()
        self._root.after(LISTEN_MS, self._listen)

    def stop(self) -> None:
        """Gives the work up at once; its thread ends when it notices."""
        if self._current is None:
            return
        ending, self._current = self._current, None
        threading.Thread(target=ending.now, daemon=True).start()  # closing sockets may take a moment
        self._on_stop()

    def _over(self, then: Callable[[], object]) -> None:
        self._current = None
        then()

    def _listen(self) -> None:
        """As long as there is work: what is told may fail, and the next must still be heard."""
        try:
            self._hear()
        finally:
            if self.busy:
                self._root.after(LISTEN_MS, self._listen)

    def _hear(self) -> None:
        while True:
            try:
                ending, what = self._said.get_nowait()
            except queue.Empty:
                break
            if ending is self._current:
                what()
