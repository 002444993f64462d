"""`notifier send` and `notifier outbox` without their argument parsing: what they do, print and return."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from notifier.config import Account, Settings
from notifier.errors import NotifierError
from notifier.outgoing.addresses import Mailbox, check, readable
from notifier.outgoing.draft import Draft
from notifier.outgoing.mail import Mail
from notifier.outgoing.message import UnfitError
from notifier.outgoing.outbox import Outbox
from notifier.outgoing.refusals import Refusal, explain
from notifier.outgoing.sending import SecretFor, reason_of, send_due
from notifier.outgoing.states import Outcome, State
from notifier.words import _, ngettext, size, span

SENT, WAITING, WRONG_USE, FAILED = 0, 1, 2, 3  # exit statuses of `notifier send`


class NoSenderError(NotifierError):
    """No account that could send; the sentence says which are there."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a command came to: the exit status, and sentences for a person."""

    status: int
    sentences: tuple[str, ...]


def sender_of(account: Account) -> Mailbox:
    """The account as the sender of a mail."""
    return check(account.address, name=account.full_name)


def sending_account(settings: Settings, name: str | None = None) -> Account:
    """The account called `name`, else the first that can send. Raises NoSenderError."""
    able = [a for a in settings.accounts if a.smtp]
    if name is not None:
        able = [a for a in able if a.name == name]
    if able:
        return able[0]
    if name is None:
        raise NoSenderError(_("No account has a sending server. “notifier setup” adds one."))
    there = ", ".join(a.name for a in settings.accounts if a.smtp) or _("none")
    raise NoSenderError(
        _("There is no account “{name}” with a sending server; there are: {names}").format(name=name, names=there)
    )


# --- notifier send -----------------------------------------------------------------------------------------------


def send(
    path: Path,
    settings: Settings,
    secret_for: SecretFor,
    *,
    to: Sequence[str],
    subject: str,
    text: str,
    cc: Sequence[str] = (),
    bcc: Sequence[str] = (),
    attach: Sequence[str] = (),
    account: str | None = None,
) -> Report:
    """Stores a mail in the outbox at `path`, tries to send it at once, and says what came of it.

    Exit status 0 sent, 1 kept and tried again by the running program, 2 wrong use, 3 refused or uncertain.
    Raises OutboxStuckError, OSError when it cannot even be stored; then nothing is sent.
    """
    try:
        chosen = sending_account(settings, account)
        draft = Draft(
            account=chosen.name,
            to=", ".join(to),
            cc=", ".join(cc),
            bcc=", ".join(bcc),
            subject=subject,
            text=text,
            attachments=tuple(str(Path(a).absolute()) for a in attach),
        )
        with Outbox(path, now=time.time()) as outbox:
            mail = outbox.submit(draft, sender_of(chosen), now=time.time(), date=datetime.now().astimezone())
            send_due(outbox, settings, secret_for, mail=mail)
            return _report(outbox.get(mail))
    except NoSenderError as error:
        return Report(WRONG_USE, (str(error),))
    except UnfitError as error:
        return Report(WRONG_USE, error.problems)


def _report(mail: Mail | None) -> Report:
    if mail is None:  # deleted by somebody else in this very moment
        return Report(FAILED, ())
    status = {State.SENT: SENT, State.WAITING: WAITING, State.SENDING: WAITING}.get(mail.state, FAILED)
    return Report(status, sentences(mail, time.time()))


# --- notifier outbox ---------------------------------------------------------------------------------------------


def rows(outbox: Outbox, *, with_sent: bool = False) -> list[dict[str, Any]]:
    """The outbox for `notifier outbox --json`, oldest first. Times are POSIX seconds."""
    states = tuple(State) if with_sent else ()
    return [_row(mail) for mail in outbox.mails(*states)]


def _row(mail: Mail) -> dict[str, Any]:
    return {
        "id": mail.id,
        "state": str(mail.state),
        "account": mail.account,
        "subject": mail.draft.subject,
        "recipients": [
            {"address": r.address, "state": str(r.outcome), "error": _facts(r.refusal)} for r in mail.recipients
        ]
        or [{"address": m.address or m.typed, "state": "draft", "error": None} for m in mail.draft.mailboxes()],
        "octets": mail.envelope.octets if mail.envelope else None,
        "sent_octets": mail.progress,
        "saved_at": mail.saved_at,
        "queued_at": mail.queued_at,
        "next_try": mail.next_try,
        "tries": mail.tries,
        "finished_at": mail.finished_at,
        "error": _facts(reason_of(mail)),
    }


def _facts(refusal: Refusal | None) -> dict[str, Any] | None:
    if refusal is None:
        return None
    words = explain(refusal)
    return {
        "kind": str(refusal.cause),
        "permanent": refusal.permanent,
        "code": refusal.code or None,
        "enhanced_code": refusal.enhanced or None,
        "message": words.what,
        "remedy": words.remedy,
    }


def state_words(state: State) -> str:
    """A state as people say it."""
    return {
        State.DRAFT: _("Draft"),
        State.WAITING: _("Waiting"),
        State.SENDING: _("Being sent"),
        State.SENT: _("Sent"),
        State.REFUSED: _("Refused"),
        State.UNCERTAIN: _("May have been sent"),
    }[state]


def recipients_words(mail: Mail) -> str:
    """Whom it is for, short."""
    names = [m.name or readable(m.address) or m.typed for m in mail.draft.mailboxes()]
    if not names:
        return _("nobody yet")
    more = len(names) - 1
    return names[0] if not more else ngettext("{name} and {n} more", "{name} and {n} more", more).format(
        name=names[0], n=more
    )  # fmt: skip


def sentences(mail: Mail, now: float) -> tuple[str, ...]:
    """What there is to know about a mail: its state, why, and what to do."""
    subject = mail.draft.subject or _("(no subject)")
    lines = [f"{mail.id}  {state_words(mail.state)}: “{subject}” → {recipients_words(mail)}"]
    if mail.envelope and mail.state != State.SENT:
        lines[0] += f" ({size(mail.envelope.octets)})"
    if mail.state == State.WAITING and mail.next_try is not None and mail.next_try > now:
        lines.append(_("Next try in {span}.").format(span=span(mail.next_try - now)))
    sent = mail.addresses(Outcome.SENT)
    if sent and mail.state != State.SENT:
        lines.append(_("It was sent to {people}.").format(people=", ".join(map(readable, sent))))
    lines += [
        f"{readable(r.address)}: {explain(r.refusal)}"
        for r in mail.recipients
        if r.refusal is not None and r.outcome in {Outcome.REFUSED, Outcome.WAITING} and len(mail.recipients) > 1
    ]
    reason = reason_of(mail)
    if reason is not None and len(lines) == 1 + bool(sent) + (mail.state == State.WAITING) and mail.state != State.SENT:
        lines.append(str(explain(reason)))
    return tuple(lines)


def show(outbox: Outbox, *, now: float) -> list[str]:
    """`notifier outbox` for a person."""
    mails = outbox.mails()
    if not mails:
        return [_("The outbox is empty.")]
    return ["\n   ".join(sentences(mail, now)) for mail in mails]


def retry(outbox: Outbox, settings: Settings, secret_for: SecretFor, mail: int | None = None) -> Report:
    """`notifier outbox retry [ID]`: tries at once; without ID everything that waits or was refused."""
    numbers = outbox.retry(now=time.time(), mail=mail)
    if not numbers:
        if mail is None:
            return Report(SENT, (_("Nothing is waiting to be sent."),))
        return Report(WRONG_USE, (_("There is no mail {n} that could be tried again.").format(n=mail),))
    send_due(outbox, settings, secret_for, mail=mail)
    reports = [_report(outbox.get(number)) for number in numbers]
    return Report(max(r.status for r in reports), tuple(s for r in reports for s in r.sentences))


def delete(outbox: Outbox, mail: int) -> Report:
    """`notifier outbox delete ID`."""
    if outbox.delete(mail, now=time.time()):
        return Report(SENT, (_("Mail {n} was deleted.").format(n=mail),))
    found = outbox.get(mail)
    if found is None:
        return Report(WRONG_USE, (_("There is no mail {n} in the outbox.").format(n=mail),))
    return Report(FAILED, (_("Mail {n} is being sent at this moment and cannot be deleted.").format(n=mail),))
