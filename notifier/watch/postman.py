"""Sending what waits in the outbox while the program runs; where there is no outbox, nothing is opened or started."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from notifier.config import Account, Server, Settings
from notifier.events import MailRefused
from notifier.servers.secret import Secret

log = logging.getLogger(__name__)

Post = Callable[[Callable[[], None]], None]
SecretForServer = Callable[[Account, Server], Secret]


@dataclass(frozen=True, slots=True)
class Outbox:
    """What waits: mails that will be tried again, mails that need the user, and when to look again (POSIX)."""

    waiting: int = 0
    uncertain: int = 0
    look_at: float | None = None


class Postman:
    """One round at a time, in a thread of its own; what it found is posted to the watch's thread.

    The outbox keeps real time (`time.time`), whatever clock the watch runs on.
    """

    def __init__(
        self,
        path: Path,
        settings: Callable[[], Settings],
        secret_for: SecretForServer,
        post: Post,
        *,
        found: Callable[[Outbox, list[MailRefused]], None],
    ) -> None:
        self._path = path
        self._settings = settings
        self._secret_for = secret_for
        self._post = post
        self._found = found
        self._round: threading.Thread | None = None
        self._again = False
        self._stopping = False

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
        outbox, events = Outbox(), list[MailRefused]()
        try:
            outbox, events = self._deliver()
        except Exception:  # the mails are safe in their file; the next round tries again
            log.exception("a round of the outbox failed")
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
        from notifier.outgoing.ledger import OutboxStuckError
        from notifier.outgoing.outbox import Outbox as File

        try:
            with File(self._path, now=time.time()) as file:
                return file.take_copies(account, new, since=since, now=time.time())
        except OutboxStuckError as error:
            log.warning("the outbox could not be asked for sent mails: %s", error)
            return 0

    def told(self, events: list[MailRefused]) -> None:
        """These stand in the store as due: the outbox need not name them again."""
        from notifier.outgoing.outbox import Outbox as File

        with File(self._path, now=time.time()) as file:
            for event in events:
                file.told(event.mail, event.state)

    def _done(self, outbox: Outbox, events: list[MailRefused]) -> None:
        self._round = None
        self._found(outbox, events)
        if self._again:
            self._again = False
            self.look()
