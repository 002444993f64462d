"""One round of checks without the running program: what `notifier check` does when nobody watches."""

from __future__ import annotations

import threading
import time
from typing import Any

from notifier.config import Settings
from notifier.events import Event
from notifier.overview import Overview
from notifier.places import Places
from notifier.store import Store
from notifier.watch import report
from notifier.watch.asking import SecretFor
from notifier.watch.check import Outcome
from notifier.watch.watcher import Watcher


def check_once(places: Places, settings: Settings, names: list[str], secret_for: SecretFor) -> list[dict[str, Any]]:
    """Checks `names` (none: all) side by side; rows as in `check --json`, in the order of the settings.

    What is found stays due to be said: the next start of the program announces what this check saw first.
    """
    accounts = [a for a in settings.accounts if not names or a.name in names]
    store = Store(places.state, now=time.time())
    rows: dict[str, dict[str, Any]] = {}
    try:
        watcher = Watcher(
            store,
            Settings(settings.general, tuple(accounts)),
            secret_for,
            on_events=_nobody_listens,
            on_overview=_nobody_looks,
            jitter=lambda _most: 0.0,
        )

        def done(outcome: Outcome) -> None:
            rows[outcome.memory.name] = report.row(outcome, time.time())
            if len(rows) == len(accounts):
                watcher.stop()

        watcher.post(lambda: watcher.check_now(done=done))
        loop = threading.Thread(target=watcher.run, name="watch", daemon=True)
        loop.start()
        loop.join()
    finally:
        store.close()
    return [rows[a.name] for a in accounts]


def _nobody_listens(_events: tuple[Event, ...]) -> None:
    """Events stay due in the store."""


def _nobody_looks(_overview: Overview) -> None:
    """There is no icon."""
