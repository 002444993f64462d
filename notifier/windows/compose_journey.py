"""A mail's journey from Send until it is settled: stored, sent when the time for Undo is over, followed meanwhile."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from datetime import datetime

from notifier.config import Account, Settings
from notifier.errors import NotifierError
from notifier.outgoing.commands import sender_of
from notifier.outgoing.draft import Draft
from notifier.outgoing.mail import Mail
from notifier.outgoing.message import UnfitError
from notifier.outgoing.outbox import Outbox
from notifier.outgoing.sending import SecretFor, send_due
from notifier.outgoing.states import State
from notifier.windows.compose_sending import CLOSE, EDIT, RETRY, UNDO, Progress, progress_of
from notifier.windows.look import Look
from notifier.words import _

log = logging.getLogger(__name__)

UNDO_SECONDS = 5.0
LOOK_MS = 150  # how often the window looks at the outbox while a mail is on its way
LINGER_MS = 1200  # how long "Sent" stands before the window goes


class Journey:
    """`mail` is its number in the outbox, once it has one.

    `show` gets what there is to show. One of two calls ends it: `back` with the reason when the mail is to be written
    on, `end` with what became of it when the window may go.
    """

    def __init__(
        self,
        look: Look,
        outbox: Outbox,
        settings: Settings,
        secret_for: SecretFor,
        *,
        show: Callable[[Progress], None],
        back: Callable[[str], None],
        end: Callable[[str], None],
    ) -> None:
        self._look = look
        self._outbox = outbox
        self._settings = settings
        self._secret_for = secret_for
        self._tell = show
        self._back = back
        self._end = end
        self._errors: queue.Queue[str] = queue.Queue()
        self._worker: threading.Thread | None = None
        self._hidden = False
        self.mail: int | None = None
        self.under_way = False

    def begin(self, draft: Draft, account: Account, mail: int | None) -> None:
        """Stores `draft` (over the draft `mail`) as a mail of `account`, and sends it."""
        self.mail, self.under_way, self._hidden = mail, True, False
        self._start(lambda box: self._submit(box, draft, account))
        self._watch()

    def leave(self) -> None:
        """The window is closed: at once where nothing goes on any more, else out of sight until then."""
        mail = self._found()
        if mail is not None and not self._busy() and progress_of(mail, time.time(), UNDO_SECONDS).done:
            self._end(str(mail.state))
            return
        self._look.root.withdraw()
        self._hidden = True

    def do(self, value: str) -> None:
        """What a button of the Progress shown stands for."""
        if value == CLOSE:
            mail = self._found()
            self._end(str(mail.state) if mail else "nothing")
        elif value in {UNDO, EDIT} and self.mail is not None:
            if self._outbox.reopen(self.mail, now=time.time()) is not None:
                self._give_back("")
        elif value == RETRY and self.mail is not None:
            self._outbox.retry(now=time.time(), mail=self.mail)
            self._watch()

    # --- the worker ----------------------------------------------------------------------------------------------

    def _submit(self, box: Outbox, draft: Draft, account: Account) -> None:
        when = datetime.now().astimezone()
        self.mail = box.submit(
            draft, sender_of(account), now=time.time(), date=when, mail=self.mail, delay=UNDO_SECONDS
        )

    def _start(self, work: Callable[[Outbox], object]) -> None:
        """Does `work` in a thread with an outbox of its own; what it raises is shown."""

        def run() -> None:
            try:
                with Outbox(self._outbox.path, now=time.time()) as box:
                    work(box)
            except UnfitError as error:
                self._errors.put(error.problems[0])
            except (NotifierError, OSError) as error:
                self._errors.put(_("It could not be stored, so it was not sent: {why}").format(why=error))
            except Exception as error:
                log.exception("sending")
                self._errors.put(str(error))

        self._worker = threading.Thread(target=run, name="send", daemon=True)
        self._worker.start()

    def _busy(self) -> bool:
        return self._worker is not None and self._worker.is_alive()

    # --- following -----------------------------------------------------------------------------------------------

    def _found(self) -> Mail | None:
        return self._outbox.get(self.mail) if self.mail is not None else None

    def _watch(self) -> None:
        """Looks at the mail again and again until nothing goes on by itself, also after a look that failed."""
        goes_on = self.under_way
        try:
            goes_on = self.under_way and self._follow()
        finally:
            if goes_on:
                self._look.root.after(LOOK_MS, self._watch)

    def _follow(self) -> bool:
        """Shows the mail's row, and starts sending when it is due and nobody else has begun. Whether it goes on."""
        if not self._errors.empty():
            self._give_back(self._errors.get())
            return False
        now = time.time()
        mail = self._found()
        if mail is None or mail.state == State.DRAFT:
            if self._busy():  # still being stored
                return True
            self._give_back("")
            return False
        progress = progress_of(mail, now, UNDO_SECONDS)
        self._tell(progress)
        if progress.done and not self._busy():
            self._settled(mail)
            return False
        if mail.state == State.WAITING and not self._busy() and mail.next_try is not None and mail.next_try <= now:
            number = mail.id
            self._start(lambda box: send_due(box, self._settings, self._secret_for, mail=number))
        return True

    def _settled(self, mail: Mail) -> None:
        """Nothing goes on by itself any more: a hidden window ends, one that worked goes after a moment."""
        if mail.state == State.SENT:
            self._look.root.after(0 if self._hidden else LINGER_MS, lambda: self._end("sent"))
        elif self._hidden:
            self._end(str(mail.state))  # the running program speaks up for it

    def _give_back(self, words: str) -> None:
        self.under_way = False
        if self._hidden:
            self._look.root.deiconify()
        self._back(words)
