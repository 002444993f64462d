"""What other starts of the program ask of the running one: status, a check, mark as seen, a pause, quit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from notifier.tray import actions
from notifier.watch import report
from notifier.watch.check import Outcome
from notifier.watch.watcher import Watcher

CHECK_PATIENCE = 160.0  # seconds a caller waits: for a check that is running, and for the one after it

Request = dict[str, Any]
Reply = dict[str, Any]


@dataclass(frozen=True)
class Doorway:
    """Answers in a thread of the door's; everything that touches the watch is posted to its thread."""

    watcher: Watcher
    names: Callable[[], Sequence[str]]  # of all accounts
    now: Callable[[], float]
    status: Callable[[], Reply]
    look_into_outbox: Callable[[], None]
    on_action: Callable[[actions.Action], None]

    def answer(self, request: Request) -> Reply:
        asked = request.get("do")
        if asked == "status":
            return self.status()
        if asked == "check":
            return self._check(request.get("accounts") or [])
        deed = self._deed(request)
        if deed is None:
            return {"ok": False, "error": "unknown request"}
        deed()
        return {"ok": True}

    def _deed(self, request: Request) -> Callable[[], None] | None:
        """What is done without an answer worth waiting for."""
        account = request.get("account")
        if request.get("do") == "act":
            action = action_of(request)
            return None if action is None else lambda: self.on_action(action)
        deeds: dict[Any, Callable[[], None]] = {
            "quit": self.watcher.stop,
            "seen": lambda: self.watcher.post(lambda: self.watcher.mark_seen(account)),
            "reload": lambda: self.watcher.post(self.watcher.look_ahead),
            "outbox": lambda: self.watcher.post(self.look_into_outbox),
        }
        return deeds.get(request.get("do"))

    def _check(self, asked: Sequence[str]) -> Reply:
        """Checks `asked` (none: all) now and waits for them, as `notifier check` does by itself."""
        wanted = [name for name in self.names() if not asked or name in asked]
        rows: dict[str, dict[str, Any]] = {}
        all_there = threading.Event()

        def done(outcome: Outcome) -> None:
            rows[outcome.memory.name] = report.row(outcome, self.now())
            if len(rows) == len(wanted):
                all_there.set()

        def begin() -> None:
            for name in wanted:
                self.watcher.check_now(name, done)

        self.watcher.post(begin)
        if wanted and not all_there.wait(CHECK_PATIENCE):
            return {"ok": False, "error": "the checks did not end in time"}
        return {"ok": True, "accounts": [rows[name] for name in wanted]}


def action_of(request: Request) -> actions.Action | None:
    """What the status window asks for with `{"do": "act", "action": …}`: the same actions as the tray's menu has."""
    account = request.get("account")
    simple: dict[Any, actions.Action] = {
        "check": actions.CheckNow(account),
        "seen": actions.MarkSeen(account),
        "open": actions.OpenMail(account),
        "history": actions.History(account),
        "compose": actions.Compose(),
        "setup": actions.Setup(),
        "outbox": actions.Outbox(),
        "resume": actions.Resume(),
    }
    if request.get("action") == "pause" and request.get("for") in set(actions.PauseKind):
        return actions.Pause(actions.PauseKind(request["for"]))
    return simple.get(request.get("action"))
