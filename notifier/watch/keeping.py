"""Work on the store that outlives its trouble: a full disk, a damaged file."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from notifier.events import Event, StateLost, StateStuck
from notifier.mailbox.changes import Changes
from notifier.state_file import StoreDamagedError, StoreStuckError
from notifier.store import Memory, Store

log = logging.getLogger(__name__)

T = TypeVar("T")


class Keeper:
    """The watch's thread only. `memories` are what this process knows, should the file have to begin anew."""

    def __init__(
        self,
        store: Store,
        *,
        memories: Callable[[], Iterable[Memory]],
        on_events: Callable[[tuple[Event, ...]], None],
        now: Callable[[], float],
    ) -> None:
        self._store = store
        self._memories = memories
        self._on_events = on_events
        self._now = now

    def keep(self, work: Callable[[], T]) -> T:
        """Does `work` on the store; on a full disk goes on in memory, on a damaged file begins anew; says so once."""
        if not self._store.on_disk and self._store.back_to_disk():
            log.info("the state file can be written again")
        try:
            return work()
        except StoreStuckError as stuck:
            self._go_on_in_memory(str(stuck))
        except StoreDamagedError:
            self._begin_anew()
        return work()

    def _go_on_in_memory(self, why: str) -> None:
        log.warning("the state file cannot be written: %s", why)
        first = self._store.on_disk
        self._store.go_on_in_memory()
        if first:
            self._on_events((StateStuck("", why),))

    def _begin_anew(self) -> None:
        aside = self._store.begin_anew(self._now())
        log.warning("the state file was damaged and is now %s", aside)
        for memory in self._memories():
            self._remember_again(memory)
        self._on_events((StateLost("", str(aside)),))

    def _remember_again(self, memory: Memory) -> None:
        """Into the fresh file, so that nothing is announced again."""
        known = memory.known
        if known is None:
            return
        all_of_it = Changes(known.count, known.octets, known.uids, arrived=known.uids or (), first=True)
        with self._store.transaction():
            fresh = self._store.remember(memory, all_of_it, self._now(), listed=False)
            self._store.put_notes(fresh)
