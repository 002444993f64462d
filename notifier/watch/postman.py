"""Sending what waits in the outbox while the program runs; where there is no outbox, nothing is opened or started."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from notifier.config import Account, Server, Settings
from notifier.errors import NotifierError
from notifier.events import MailRefused
from notifier.servers.secret import Secret
from notifier.watch.backoff import ever_later

log = logging.getLogger(__name__)

Post = Callable[[Callable[[], None]], None]
SecretForServer = Callable[[Account, Server], Secret]

# An outbox that cannot be read or written (a full disk) is tried again after so many seconds, then ever more rarely.
TRY_AGAIN, TRY_AGAIN_MOST = 60.0, 900.0


@dataclass(frozen=True, slots=True)
class Outbox:
    """What waits: mails that will be tried again, mails that need the user, and when to look again (POSIX)."""

    waiting: int = 0
    uncertain: int = 0
    look_at: float | None = None


class Postman:
    """One round at a time, in a thread of its own; what it `found` and is to `say` is told in the watch's thread.

    The outbox keeps real time (`time.time`), whatever clock the watch runs on.
    """

    def __init__(
        self,
        path: Path,
        settings: Callable[[], Settings],
        secret_for: SecretForServer,
        post: Post,
        *,
        found: Callable[[Outbox], None],
        say: Callable[[list[MailRefused]], None],
    ) -> None:
        self._path = path
        self._settings = settings
        self._secret_for = secret_for
        self._post = post
        self._found = found
        self._say = say
        self._round: threading.Thread | None = None
        self._again = False
        self._stopping = False
        self._last = Outbox()
        self._failures = 0
        self._unnoted: set[tuple[int, str]] = set()  # said, but the outbox could not note it

    def look(self) -> None:
        """Begins a round; one that is under way is followed by another. Watch's thread only."""
        if not self._path.exists() or self._stopping:
            return
        if self._round is not None:
            self._again = True
            return
        self._round = threading.Thread(target=self._go, name="outbox", daemon=True)
        self._round.start()

    def stop(self, seconds: float = 5.0) -> None:
        """Sends no further mail; the one on its way may end. What is cut off is taken up by the next start."""
        self._stopping = True
        if self._round is not None:
            self._round.join(seconds)

    def _go(self) -> None:
        try:
            outbox, events = self._deliver()
        except Exception as error:  # the mails are safe in their file
            log.warning("a round of the outbox failed: %s", error, exc_info=not _expected(error))
            self._post(self._failed)
        else:
            self._post(lambda: self._done(outbox, events))

    def _deliver(self) -> tuple[Outbox, list[MailRefused]]:
        from notifier.outgoing import sending
        from notifier.outgoing.outbox import Outbox as File
        from notifier.outgoing.states import State

        with File(self._path, now=time.time()) as file:
            sending.send_due(file, self._settings(), self._secret_for, stop=lambda: self._stopping)
            events = sending.events(file, now=time.time())
            counts = file.counts()
            uncertain = counts.get(State.UNCERTAIN, 0) + counts.get(State.REFUSED, 0)
            waiting = counts.get(State.WAITING, 0) + counts.get(State.SENDING, 0)
            return Outbox(waiting, uncertain, file.next_due(time.time())), events

    def own_copies(self, account: Account, since: float, new: int) -> int:
        """How many of `new` mails since `since` are the provider's copies of what was sent from here (Gmail's are)."""
        if not self._path.exists():
            return 0
        from notifier.outgoing.outbox import Outbox as File

        try:
            with File(self._path, now=time.time()) as file:
                return file.take_copies(account, new, since=since, now=time.time())
        except (NotifierError, sqlite3.Error) as error:
            log.warning("the outbox could not be asked for sent mails: %s", error)
            return 0

    # --- a round's end, in the watch's thread ---------------------------------------------------------------------

    def _failed(self) -> None:
        self._failures += 1
        self._ended(replace(self._last, look_at=self._later()))

    def _done(self, outbox: Outbox, events: list[MailRefused]) -> None:
        self._failures = 0
        if events and not self._tell(events):
            outbox = replace(outbox, look_at=self._later())
        self._ended(outbox)

    def _ended(self, outbox: Outbox) -> None:
        self._round, self._last = None, outbox
        self._found(outbox)
        if self._again:
            self._again = False
            self.look()

    def _tell(self, events: list[MailRefused]) -> bool:
        """Has them said, once; whether the outbox could note that it need not name them again."""
        fresh = [e for e in events if (e.mail, e.state) not in self._unnoted]
        try:
            if fresh:
                self._say(fresh)
            self._unnoted.update((e.mail, e.state) for e in fresh)
            self._note(events)
        except Exception as error:
            log.warning("the outbox could not note what was said: %s", error, exc_info=not _expected(error))
            return False
        self._unnoted.difference_update((e.mail, e.state) for e in events)
        return True

    def _note(self, events: list[MailRefused]) -> None:
        from notifier.outgoing.outbox import Outbox as File

        with File(self._path, now=time.time()) as file:
            for event in events:
                file.told(event.mail, event.state)

    def _later(self) -> float:
        return time.time() + ever_later(max(1, self._failures), TRY_AGAIN, TRY_AGAIN_MOST)


def _expected(error: Exception) -> bool:
    """Its sentence says all; of anything else the log wants the traceback."""
    return isinstance(error, NotifierError)
