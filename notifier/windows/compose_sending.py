"""A mail on its way, seen from the compose window: what its row in the outbox says, as one line, a bar and buttons.

Who sends is whoever gets the lease: this process, or the running program in the tray. So the window only looks.
"""

from __future__ import annotations

from dataclasses import dataclass

from notifier.outgoing.addresses import readable
from notifier.outgoing.mail import Mail
from notifier.outgoing.refusals import explain
from notifier.outgoing.sending import reason_of
from notifier.outgoing.states import Outcome, State
from notifier.words import _, ngettext, span

UNDO, EDIT, RETRY, CLOSE = "undo", "edit", "retry", "close"


@dataclass(frozen=True, slots=True)
class Progress:
    """What the window shows. `share` of the bar from 0 to 1, None: a bar that only says that something goes on;
    `done`: nothing changes any more by itself; `buttons` as (value, label), the first one the main one."""

    words: str
    kind: str  # of the status line: note, good, error
    share: float | None
    done: bool
    buttons: tuple[tuple[str, str], ...] = ()


def progress_of(mail: Mail | None, now: float, undo_seconds: float) -> Progress:
    """What there is to show of a mail that was sent off from the window."""
    if mail is None:
        return Progress(_("The mail was deleted from the outbox."), "note", 0.0, True, ((CLOSE, _("Close")),))
    if mail.state == State.WAITING and mail.tries == 0 and mail.refusal is None:
        return _counting_down(mail, now, undo_seconds)
    return _SHOW[mail.state](mail, now)


def _counting_down(mail: Mail, now: float, undo_seconds: float) -> Progress:
    left = max(0.0, (mail.next_try or now) - now)
    if left <= 0:
        return Progress(_("Sending…"), "note", None, False)
    n = max(1, round(left))
    words = ngettext("Sending in {n} second", "Sending in {n} seconds", n).format(n=n)
    return Progress(words, "note", 1 - left / undo_seconds, False, ((UNDO, _("Undo")),))


def _sending(mail: Mail, _now: float) -> Progress:
    octets = mail.envelope.octets if mail.envelope else 0
    if not octets or not mail.progress:
        return Progress(_("Sending…"), "note", None, False)
    share = min(1.0, mail.progress / octets)
    if share >= 1:
        return Progress(_("Sent; waiting for the server to say that it has it…"), "note", None, False)
    return Progress(_("Sending… {percent} %").format(percent=int(share * 100)), "note", share, False)


def _sent(_mail: Mail, _now: float) -> Progress:
    return Progress(_("Sent"), "good", 1.0, True, ((CLOSE, _("Close")),))


def _waiting(mail: Mail, now: float) -> Progress:
    why = reason_of(mail)
    words = [str(explain(why))] if why else []
    reached = _reached(mail)
    left = span(max(1.0, (mail.next_try or now) - now))
    words.append(_("It stays in the outbox and is tried again in {span}.").format(span=left))
    buttons = ((CLOSE, _("Close")), (RETRY, _("Try now")), (EDIT, _("Edit")))
    return Progress("\n".join([*reached, *words]), "error", 0.0, True, buttons)


def _refused(mail: Mail, _now: float) -> Progress:
    why = reason_of(mail)
    named = [
        f"{readable(r.address)}: {explain(r.refusal)}"
        for r in mail.recipients
        if r.outcome == Outcome.REFUSED and r.refusal is not None
    ]
    words = named if len(mail.recipients) > 1 and len(set(named)) <= 3 else [str(explain(why))] if why else []
    buttons = ((EDIT, _("Edit")), (RETRY, _("Try again")), (CLOSE, _("Close")))
    return Progress("\n".join([*_reached(mail), *words]), "error", 0.0, True, buttons)


def _uncertain(mail: Mail, _now: float) -> Progress:
    why = reason_of(mail)
    words = str(explain(why)) if why else ""
    return Progress(words, "error", 0.0, True, ((CLOSE, _("Close")), (RETRY, _("Send again"))))


def _draft(_mail: Mail, _now: float) -> Progress:
    return Progress("", "note", 0.0, True)


def _reached(mail: Mail) -> list[str]:
    sent = mail.addresses(Outcome.SENT)
    return [_("It was sent to {people}.").format(people=", ".join(map(readable, sent)))] if sent else []


_SHOW = {
    State.DRAFT: _draft,
    State.WAITING: _waiting,
    State.SENDING: _sending,
    State.SENT: _sent,
    State.REFUSED: _refused,
    State.UNCERTAIN: _uncertain,
}
