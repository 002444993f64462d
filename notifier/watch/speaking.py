"""From what is due in the store to what is said: asks `alerts.calm`, hands alerts to a sender, notes what was said."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from notifier.alerts.calm import Due, Mood, Preferences, Say, decide
from notifier.alerts.command import run_command
from notifier.alerts.senders.seam import NotDelivered, Sender
from notifier.events import revive
from notifier.overview import AccountState
from notifier.store import Store
from notifier.watch.backoff import ever_later
from notifier.words import _

log = logging.getLogger(__name__)

# A notification service that is not there yet (login) or was restarted is tried again after so many seconds, then ever
# more rarely: one that appears is noticed at once (`Freedesktop.on_ready`), so asking only mends what nobody tells.
TRY_AGAIN, TRY_AGAIN_MOST = 20.0, 900.0
T = TypeVar("T")


class Post(Protocol):
    def __call__(self, work: Callable[[], None]) -> None: ...


class Keep(Protocol):
    """Does work on the store, and once more when the store had to be begun anew or moved into memory."""

    def __call__(self, work: Callable[[], T]) -> T: ...


class Announcer:
    """Says what is due. All but the sending happens in the watch's thread; sending may block, so it has its own."""

    def __init__(
        self,
        store: Store,
        sender: Sender,
        post: Post,
        *,
        keep: Keep,
        again_at: Callable[[float], None],
        on_note: Callable[[str], None] = lambda _note: None,
    ) -> None:
        self._store = store
        self._sender = sender
        self._commanded: set[int] = set()
        self._commands: Mapping[str, Sequence[str]] = {}
        self._post = post
        self._keep = keep
        self._again_at = again_at
        self._on_note = on_note
        self._mood = Mood()
        self._under_way: set[int] = set()
        self._rounds_failed, self._this_failed = 0, False
        self._why = ""
        self._work: queue.SimpleQueue[Say | str | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._send_all, name="alerts", daemon=True)
        self._thread.start()

    @property
    def sender(self) -> Sender:
        return self._sender

    def use_commands(self, commands: Mapping[str, Sequence[str]]) -> None:
        """The users' own commands on new mail, by account."""
        self._commands = commands

    def say_due(self, wants: Preferences, now: float, mailboxes: Mapping[str, AccountState]) -> None:
        """Decides about everything that is due. Watch's thread only."""
        due = [
            Due(d.id, event, d.at)
            for d in self._keep(self._store.due)
            if d.id not in self._under_way and (event := revive(d.kind, d.facts)) is not None
        ]
        self._this_failed = False
        decision = decide(due, wants, self._mood, now, mailboxes=mailboxes)
        self._mood = decision.mood
        self._done(decision.drop)
        for key in decision.close:
            self._work.put(key)
        for say in decision.say:
            self._under_way.update(say.ids)
            self._run_commands(say)  # not behind the sending: a notification service that hangs must not hold it up
            self._work.put(say)
        if decision.ask_again_at is not None:
            self._again_at(decision.ask_again_at - now)

    def stop(self) -> None:
        """Ends after what is being sent; the sender's connections end too."""
        self._work.put(None)
        self._thread.join(5)
        self._sender.stop()

    def _done(self, ids: tuple[int, ...]) -> None:
        def note() -> None:
            with self._store.transaction():
                self._store.said(ids)

        if ids:
            self._keep(note)

    # --- the sending thread --------------------------------------------------------------------------------------

    def _send_all(self) -> None:
        while (work := self._work.get()) is not None:
            if isinstance(work, str):
                self._close(work)
            else:
                self._send(work)

    def _send(self, say: Say) -> None:
        try:
            self._sender.send(say.alert)
        except NotDelivered as failure:
            why = str(failure)
        except Exception as error:  # a fault of ours, or a service's nonsense: later alerts must still go out
            log.exception("sending an alert failed in an unforeseen way")
            why = _("An alert could not be shown ({error}).").format(error=type(error).__name__)
        else:
            self._post(lambda: self._succeeded(say))
            return
        self._post(lambda: self._failed(say, why))

    def _close(self, key: str) -> None:
        try:
            self._sender.close(key)
        except Exception:
            log.exception("taking an alert away failed in an unforeseen way")

    def _run_commands(self, say: Say) -> None:
        """Each account's own command, once for the mail an alert tells of, however often showing it is tried."""
        if self._commanded.issuperset(say.ids):
            return
        self._commanded.update(say.ids)
        for mail in say.arrived:
            run_command(self._commands.get(mail.account, ()), mail)

    def _succeeded(self, say: Say) -> None:
        self._done(say.ids)
        self._commanded.difference_update(say.ids)
        self._under_way.difference_update(say.ids)
        self._rounds_failed, self._why = 0, ""
        self._on_note("")

    def _failed(self, say: Say, why: str) -> None:
        """Nothing is lost: it stays due, the menu says why, and it is tried again."""
        self._under_way.difference_update(say.ids)
        if why != self._why:
            log.warning("an alert could not be shown: %s", why)
            self._why = why
        self._on_note(why)
        if not self._this_failed:  # several alerts of one round are one failure
            self._this_failed = True
            self._rounds_failed += 1
        self._again_at(ever_later(self._rounds_failed, TRY_AGAIN, TRY_AGAIN_MOST))
