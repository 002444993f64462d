"""A watch on embedded servers, with what it says and shows collected."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from notifier.config import Account, General, Server, Settings
from notifier.demo.loopback import Hook
from notifier.demo.mailbox import Mailbox
from notifier.demo.pop3_server import Pop3Server
from notifier.events import Event
from notifier.overview import Overview
from notifier.servers.secret import Secret
from notifier.store import Store
from notifier.watch.check import Outcome
from notifier.watch.watcher import Watcher


def until(condition: Callable[[], bool], what: str = "", patience: float = 15.0) -> None:
    """Waits until `condition` holds; fails with `what` was waited for when it never does."""
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.01)


class World:
    """Embedded servers, a store and a watch over them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.servers: dict[str, Pop3Server] = {}
        self.boxes: dict[str, Mailbox] = {}
        self.passwords: dict[str, str] = {}
        self.asked: list[str] = []
        self.events: list[Event] = []
        self.overview = Overview()
        self.store = Store(folder / "state.db", now=time.time())
        self.watcher: Watcher | None = None
        self.thread: threading.Thread | None = None
        self.offset = 0.0

    def add(self, name: str, *, hook: Hook | None = None, limit: int | None = None, port: int | None = None) -> Account:
        box = self.boxes[name] = Mailbox()
        if port is None:
            server = self.servers[name] = Pop3Server({name: box}, {name: "good"}, hook=hook)
            server.start()
            port = server.port
        self.passwords[name] = "good"
        return Account(name, "", Server("127.0.0.1", port, "none", name), mailbox_limit=limit)

    def secret_for(self, account: Account) -> Secret:
        self.asked.append(account.name)
        return Secret(self.passwords[account.name])

    def now(self) -> float:
        return time.time() + self.offset

    def settings(self, *accounts: Account, interval: int = 600) -> Settings:
        return Settings(General(interval=interval), accounts)

    def begin(self, *accounts: Account, interval: int = 600, pace: float = 1.0) -> Watcher:
        self.watcher = Watcher(
            self.store,
            self.settings(*accounts, interval=interval),
            self.secret_for,
            on_events=self.events.extend,
            on_overview=lambda overview: setattr(self, "overview", overview),
            now=self.now,
            pace=pace,
            jitter=lambda _most: 0.0,
        )
        self.thread = threading.Thread(target=self.watcher.run, daemon=True)
        self.thread.start()
        return self.watcher

    def check(self, name: str | None = None, accounts: int = 1) -> list[Outcome]:
        """Check now, as the user's menu does it, and wait."""
        outcomes: list[Outcome] = []
        assert self.watcher is not None
        watcher = self.watcher
        watcher.post(lambda: watcher.check_now(name, outcomes.append))
        until(lambda: len(outcomes) >= accounts, "the checks asked for")
        return outcomes

    def state(self, name: str):  # type: ignore[no-untyped-def]
        return next((a for a in self.overview.accounts if a.name == name), None)

    def end(self) -> None:
        if self.watcher and self.thread:
            self.watcher.stop()
            self.thread.join(10)
            assert not self.thread.is_alive()
        for server in self.servers.values():
            server.stop()
        self.store.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.end()
