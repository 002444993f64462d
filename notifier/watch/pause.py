"""A pause: checks go on, alerts are held until an hour is over, until tomorrow, or until the user says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from notifier.store import Store
from notifier.tray.actions import PauseKind
from notifier.watch.watcher import Watcher

MORNING = 7  # o'clock: what "until tomorrow" means to somebody who sleeps
HOUR = 3600.0
FOR_EVER = float("inf")


def end_of(kind: PauseKind, now: float) -> float:
    """When a pause begun at `now` (POSIX seconds) ends."""
    if kind is PauseKind.HOUR:
        return now + HOUR
    if kind is PauseKind.TOMORROW:
        # The offset is taken off: seven by the clock on the wall, also after a night in which summer time changes.
        tomorrow = datetime.fromtimestamp(now).astimezone().replace(tzinfo=None) + timedelta(days=1)
        return tomorrow.replace(hour=MORNING, minute=0, second=0, microsecond=0).timestamp()
    return FOR_EVER


class Pause:
    """The pause of this program, kept in the store so that it outlives a restart. Belongs to the watch's thread."""

    def __init__(self, store: Store, watcher: Watcher, on_change: Callable[[], None]) -> None:
        self._store, self._watcher, self._on_change = store, watcher, on_change
        self.until: float | None = store.setting("paused_until")

    def running(self, now: float) -> float | None:
        """Its end, POSIX seconds (`FOR_EVER`: until resumed); None when there is no pause now."""
        return self.until if self.until is not None and self.until > now else None

    def begin(self, kind: PauseKind, now: float) -> None:
        self._set(end_of(kind, now))

    def end(self) -> None:
        self._set(None)

    def take_up(self) -> None:
        """After a start: the end of a pause that the process before began is awaited again."""
        if self.until is not None and self.until != FOR_EVER:
            self._watcher.at("pause", self.until, self.end)
        else:
            self._watcher.not_at("pause")

    def _set(self, until: float | None) -> None:
        self.until = until
        self._watcher.keep(self._write)
        self.take_up()
        self._on_change()

    def _write(self) -> None:
        with self._store.transaction():
            self._store.put_setting("paused_until", self.until)
