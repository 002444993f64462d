"""Sending what is due: a lease, the account's servers in order, every answer stored before anything else happens."""

from __future__ import annotations

import contextlib
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from notifier.config import Account, Server, Settings
from notifier.events import MailRefused
from notifier.outgoing import spool
from notifier.outgoing.lease import LEASE, Lease, renew
from notifier.outgoing.ledger import OutboxStuckError
from notifier.outgoing.mail import Mail
from notifier.outgoing.outbox import Outbox
from notifier.outgoing.refusals import Cause, Refusal, explain, for_the_user
from notifier.outgoing.states import State
from notifier.outgoing.submission import Delivery, Submission
from notifier.servers.secret import Secret

log = logging.getLogger(__name__)

SecretFor = Callable[[Account, Server], Secret]
Clock = Callable[[], float]

_PROGRESS_SECONDS = 0.5  # every report is a write to the disk


def send_due(
    outbox: Outbox,
    settings: Settings,
    secret_for: SecretFor,
    *,
    clock: Clock = time.time,
    mail: int | None = None,
    lease_seconds: float = LEASE,
    stop: Callable[[], bool] = lambda: False,
) -> list[int]:
    """Sends every mail that is due (or only `mail`), one after the other; returns the numbers of those it tried.

    `secret_for` gives the password or token of an account's server, or raises Trouble; it is asked at most once per
    conversation and what it gives is kept nowhere. `stop` is looked at between two mails. Raises OutboxStuckError.
    """
    owner = secrets.token_hex(8)
    tried: list[int] = []
    while not stop() and (lease := outbox.claim(owner, now=clock(), length=lease_seconds, mail=mail)) is not None:
        tried.append(lease.mail.id)
        state = _Try(outbox, lease, settings.account(lease.mail.account), secret_for, clock).run()
        log.info("mail %d: %s", lease.mail.id, state or "taken over by another process")
        if mail is not None:
            break
    return tried


def events(outbox: Outbox, *, now: float) -> list[MailRefused]:
    """What the user should hear about the outbox. Say each, then `outbox.told(event.mail, event.state)`."""
    return [_event(mail) for mail in outbox.untold(now=now)]


def _event(mail: Mail) -> MailRefused:
    refusal = reason_of(mail)
    said = str(explain(refusal)) if refusal else ""
    return MailRefused(mail.account, mail.id, str(mail.state), mail.draft.subject, said)


def reason_of(mail: Mail) -> Refusal | None:
    """The one refusal that says most about a mail: a recipient's that is final, else what stopped the last try."""
    final = [r.refusal for r in mail.recipients if r.refusal and r.refusal.permanent]
    others = [r.refusal for r in mail.recipients if r.refusal]
    return next(iter([*final, *filter(None, [mail.refusal]), *others]), None)


class _Try:
    """One try to send one mail: the journal of its conversations."""

    def __init__(
        self, outbox: Outbox, lease: Lease, account: Account | None, secret_for: SecretFor, clock: Clock
    ) -> None:
        self._outbox = outbox
        self._lease = lease
        self._account = account
        self._secret_for = secret_for
        self._clock = clock
        self._reported = 0.0
        self._whole: Refusal | None = None

    def run(self) -> State | None:
        mail = self._lease.mail
        if self._account is None or not self._account.smtp:
            return self._end(dict.fromkeys(mail.outstanding, Refusal(Cause.ACCOUNT_GONE, True)))
        try:
            refused = self._over_servers(self._account, mail)
        except spool.SpoolError as error:
            log.warning("mail %d: %s", mail.id, error)
            refused = dict.fromkeys(mail.outstanding, Refusal(Cause.UNREADABLE, True))
        return self._end(refused)

    def _end(self, refused: Mapping[str, Refusal]) -> State | None:
        self._lease.refuse(refused)
        waiting = [r for r in refused.values() if not r.permanent]
        return self._lease.release(now=self._clock(), refusal=next(iter([*waiting, *refused.values()]), self._whole))

    def _over_servers(self, account: Account, mail: Mail) -> dict[str, Refusal]:
        """Offers the mail to the account's servers until nobody is left for whom another server could help.

        Returns why those who remain were not reached.
        """
        refused: dict[str, Refusal] = {}
        open_for = mail.outstanding
        for server in account.smtp:
            delivery = self._converse(account, server, mail, open_for)
            fresh = _why(delivery, open_for)
            refused.update({a: _worse(refused.get(a), r) for a, r in fresh.items()})
            for address in set(open_for) - set(fresh):
                refused.pop(address, None)
            open_for = tuple(a for a in open_for if a in fresh and fresh[a].elsewhere)
            if not open_for:
                break
        return refused

    def _converse(self, account: Account, server: Server, mail: Mail, recipients: tuple[str, ...]) -> Delivery:
        assert mail.envelope is not None  # noqa: S101 - a mail that waits has one
        envelope = replace(mail.envelope, recipients=recipients)
        with (
            spool.open_mail(self._outbox.folder, mail.spool) as body,
            Submission(server, lambda: self._secret_for(account, server), self) as submission,
        ):
            delivery = submission.deliver(envelope, body)
            if delivery.outcome is not None:
                self._whole = delivery.whole
                self._lease.settle(delivery.outcome, delivery.whole)
        if delivery.size_limit:
            self._outbox.remember_size_limit(f"{server.host}:{server.port}", delivery.size_limit)
        return delivery

    # --- the conversation's journal ------------------------------------------------------------------------------

    def tick(self) -> None:
        lease = self._lease
        renew(self._outbox.path, lease.mail.id, lease.owner, self._clock() + lease.length)

    def progress(self, octets: int) -> None:
        now = time.monotonic()
        if now - self._reported >= _PROGRESS_SECONDS:
            self._reported = now
            with contextlib.suppress(OutboxStuckError):  # a figure to look at; `commit` will say it if the disk is full
                self._lease.progress(octets)

    def commit(self, accepted: tuple[str, ...]) -> bool:
        return self._lease.commit(accepted, now=self._clock())


def _why(delivery: Delivery, recipients: tuple[str, ...]) -> dict[str, Refusal]:
    """Why each recipient who was not reached was not. Those whom the final dot was for are settled already."""
    if delivery.outcome is not None:
        return dict(delivery.refused)
    everybody = delivery.whole
    return {a: why for a in recipients if (why := delivery.refused.get(a) or everybody)}


def _worse(before: Refusal | None, now: Refusal) -> Refusal:
    """Of two servers' refusals the one that decides: what only the user can mend, then what may pass by itself."""
    if before is None or for_the_user(now):
        return now
    return before if not before.permanent and now.permanent else now
