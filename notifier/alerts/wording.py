"""From events to finished alerts: short, plain sentences, every outside word cleaned and bounded.

Summaries say the one thing that matters early: some desktops show thirty characters of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from notifier import events as ev
from notifier.alerts import alert as an
from notifier.alerts.alert import Action, Alert, Urgency
from notifier.errors import KIND_OF, Kind, Reason
from notifier.untrusted import clean
from notifier.words import _, explain, ngettext, share, span

NAME_LIMIT = 60
SUMMARY_LIMIT = 120
BODY_LIMIT = 600
NAMES_LISTED = 6  # accounts named in one alert about many; the rest are counted

PROGRAM_KEY = "program"


def account_key(account: str) -> str:
    """The key of an account's one alert."""
    return f"account:{account}" if account else PROGRAM_KEY


def outbox_key(mail: int) -> str:
    """Each mail of the outbox is a matter of its own."""
    return f"outbox:{mail}"


def name(text: str) -> str:
    """An account's name as it may stand in a sentence."""
    return clean(text, NAME_LIMIT) or _("(no name)")


@dataclass(frozen=True, slots=True)
class News:
    """One event in words. `aside` is the same as a whole sentence, to stand in an alert about something else."""

    summary: str
    body: str
    aside: str
    urgency: Urgency = Urgency.NORMAL
    actions: tuple[Action, ...] = ()
    default: str = an.OPEN
    category: str = "email"


# Of what is equally urgent: a warning comes once, and new mail every day.
_RANK: dict[type, int] = {kind: n for n, kind in enumerate((ev.QuotaStep, ev.FillingUp, ev.MailExpires, ev.NewMail))}


def alert_of(happened: Sequence[ev.Event], *, now: float, zone: tzinfo | None = None) -> Alert:
    """One alert for what happened to one account (or to the program), most urgent first.

    `now` is POSIX time; `zone` the reader's, None for this computer's.
    """
    said = [(event, in_words(event, now=now, zone=zone)) for event in happened]
    said.sort(key=lambda pair: (-pair[1].urgency, _RANK.get(type(pair[0]), len(_RANK))))
    lead_event, lead = said[0]
    asides = [news.aside for _event, news in said[1:] if news.aside]
    account = lead_event.account
    key = outbox_key(lead_event.mail) if isinstance(lead_event, ev.MailRefused) else account_key(account)
    return Alert(
        key=key,
        account=account,
        summary=clean(lead.summary, SUMMARY_LIMIT),
        body=_lines([lead.body, *asides]),
        urgency=lead.urgency,
        actions=lead.actions,
        default=lead.default,
        category=lead.category,
    )


def digest(alerts: Sequence[Alert]) -> Alert:
    """One alert instead of many at the same moment: a line for each, the most urgent first."""
    ranked = sorted(alerts, key=lambda a: -a.urgency)
    lines = [a.summary for a in ranked[:NAMES_LISTED]]
    rest = len(ranked) - len(lines)
    if rest:
        lines.append(ngettext("and {n} more", "and {n} more", rest).format(n=rest))
    mailboxes = len({a.account for a in ranked if a.account}) or 1
    return Alert(
        key=PROGRAM_KEY,
        account="",
        summary=ngettext("News from {n} mailbox", "News from {n} mailboxes", mailboxes).format(n=mailboxes),
        body=_lines(lines),
        urgency=ranked[0].urgency,
        actions=_mail_actions(),
        category=ranked[0].category,
        sound=any(a.sound for a in alerts),
    )


def meanwhile(alerts: Sequence[Alert]) -> Alert:
    """One alert for all that a silence held back: what the first one says, then a line for each of the others."""
    first, *others = alerts
    ranked = sorted(others, key=lambda a: -a.urgency)
    most_urgent = max(alerts, key=lambda a: a.urgency)
    lines = [*first.body.splitlines(), *(a.summary for a in ranked[:NAMES_LISTED])]
    rest = len(ranked) - NAMES_LISTED
    if rest > 0:
        lines.append(ngettext("and {n} more", "and {n} more", rest).format(n=rest))
    return Alert(
        key=PROGRAM_KEY,
        account="",
        summary=first.summary,
        body=_lines(lines),
        urgency=most_urgent.urgency,
        actions=_mail_actions(),
        category=most_urgent.category,
        sound=any(a.sound for a in alerts),
    )


def fullness(percent: float, octets: float, limit: float) -> str:
    """The sentence an alert about new mail ends with while its mailbox is nearly full."""
    if percent >= 100:
        return _("The mailbox is full: at least {used}.").format(used=share(octets, limit))
    return _("The mailbox is at least {percent} % full.").format(percent=int(percent))


def in_words(event: ev.Event, *, now: float, zone: tzinfo | None = None) -> News:
    match event:
        case ev.NewMail():
            return _new_mail(event)
        case ev.QuotaStep():
            return _quota(event)
        case ev.FillingUp():
            return _filling_up(event)
        case ev.MailExpires():
            return _expires(event)
        case ev.TroubleLasts():
            return _trouble(event, now, zone)
        case ev.MailRefused():
            return _mail_refused(event)
        case ev.Summary():
            return _summary(event)
        case _:
            return _note(event)


def _note(event: ev.Event) -> News:
    """The quiet ones: nothing to do, good to know."""
    match event:
        case ev.Watching(account, count):
            summary = _("{name}: now being watched").format(name=name(account))
            return _low(summary, _messages(count) + " " + _("New mail is announced from now on."))
        case ev.Renumbered(account, count):
            summary = _("{name}: the server renamed its messages").format(name=name(account))
            return _low(summary, _messages(count) + " " + _("Which of them are new cannot be told this once."))
        case ev.TroubleOver(account, seconds):
            summary = _("{name}: works again").format(name=name(account))
            return _low(summary, _("It could not be checked for {span}.").format(span=span(seconds)))
        case ev.MailGone(account):
            return _low(_("{name}: nothing new any more").format(name=name(account)), "")
        case ev.StateLost(_account, aside):
            body = _("It was set aside as {file}. Every mailbox is learned again; nothing on the servers is touched.")
            return _low(_("What Notifier remembered was damaged"), body.format(file=clean(aside, 120)), Urgency.NORMAL)
        case ev.StateStuck(_account, said):
            body = _("The reason: “{said}”. It goes on from memory; after a restart some mail may be announced twice.")
            return _low(_("Notifier cannot save its state"), body.format(said=clean(said)), Urgency.NORMAL)
        case _:
            raise TypeError(event)


def _low(summary: str, body: str, urgency: Urgency = Urgency.LOW) -> News:
    return News(summary, body, aside=f"{summary}.", urgency=urgency)


def _messages(count: int) -> str:
    return ngettext("{n} message in the mailbox.", "{n} messages in the mailbox.", count).format(n=count)


def _mail_actions() -> tuple[Action, ...]:
    return (
        Action(an.OPEN, _("Open mail")),
        Action(an.SEEN, _("Mark as seen")),
        Action(an.WRITE, _("Write")),
    )


def _new_mail(event: ev.NewMail) -> News:
    summary = ngettext("{name}: {n} new message", "{name}: {n} new messages", event.new)
    body = _("{n} in the mailbox").format(n=event.count)
    if event.unseen > event.new:
        body = _("{unseen} not seen yet, {n} in the mailbox").format(unseen=event.unseen, n=event.count)
    aside = ngettext("{n} new message.", "{n} new messages.", event.new).format(n=event.new)
    return News(
        summary.format(name=name(event.account), n=event.new),
        body,
        aside,
        actions=_mail_actions(),
        category="email.arrived",
    )


def _summary(event: ev.Summary) -> News:
    total = sum(n for _account, n in event.arrived)
    named = [f"{name(account)} {n}" for account, n in event.arrived[:NAMES_LISTED]]
    rest = sum(n for _account, n in event.arrived[NAMES_LISTED:])
    if rest:
        named.append(_("others {n}").format(n=rest))
    summary = ngettext("{n} new message in the meantime", "{n} new messages in the meantime", total).format(n=total)
    return News(summary, ", ".join(named), f"{summary}.", actions=_mail_actions(), category="email.arrived")


def _quota(event: ev.QuotaStep) -> News:
    actions = (Action(an.HISTORY, _("Show history")), Action(an.OPEN, _("Open mail")))
    used = _("At least {used}").format(used=share(event.octets, event.limit))
    aside = fullness(event.percent, event.octets, event.limit)
    if event.level == "full":
        summary = _("{name}: the mailbox is full").format(name=name(event.account))
        body = _("{used}: new mail may be refused. Delete mail there, or let your mail program keep it for less time.")
        return News(summary, body.format(used=used), aside, Urgency.CRITICAL, actions, an.HISTORY)
    summary = _("{name}: at least {percent} % full")
    body = _("{used}; at 100 % new mail is refused.")
    urgency = Urgency.CRITICAL if event.level == "critical" else Urgency.NORMAL
    return News(
        summary.format(name=name(event.account), percent=int(event.percent)),
        body.format(used=used),
        aside,
        urgency,
        actions,
        an.HISTORY,
    )


def _filling_up(event: ev.FillingUp) -> News:
    summary = _("{name}: full in about {span}")
    summary = summary.format(name=name(event.account), span=_days(event.middle))
    low, high = max(1, round(event.low)), max(1, round(event.high))
    body = _("New mail is refused then.")
    if low < high:
        rate = _("At this rate in {low} to {span}.").format(low=low, span=_days(event.high))
        body = f"{rate} {body}"
    aside = _("It will be full in about {span}.").format(span=_days(event.middle))
    actions = (Action(an.HISTORY, _("Show history")), Action(an.OPEN, _("Open mail")))
    return News(summary, body, aside, actions=actions, default=an.HISTORY)


def _expires(event: ev.MailExpires) -> News:
    n = event.count
    summary = ngettext("{name}: the server deletes {n} message", "{name}: the server deletes {n} messages", n)
    when = _("at any time now") if event.days < 1 else _("in {span}").format(span=_days(event.days))
    body = _("It does so after {age}, with the first {when}. Fetch before what you want to keep.")
    aside = ngettext("The server deletes {n} message soon.", "The server deletes {n} messages soon.", n).format(n=n)
    return News(
        summary.format(name=name(event.account), n=n),
        body.format(age=_days(event.expire), when=when),
        aside,
        actions=(Action(an.OPEN, _("Open mail")), Action(an.HISTORY, _("Show history"))),
    )


def _days(days: float) -> str:
    n = max(1, round(days))
    return ngettext("{n} day", "{n} days", n).format(n=n)


_TROUBLE_SUMMARIES: dict[Reason | Kind, str] = {
    Reason.STORE_LOCKED: "{name}: waiting for the password store",
    Reason.PASSWORD_MISSING: "{name}: the password is missing",
    Reason.SIGN_IN_NEEDED: "{name}: a new sign-in is needed",
    Reason.APP_PASSWORD_NEEDED: "{name}: an app password is needed",
    Reason.POP_SWITCHED_OFF: "{name}: POP3 is switched off",
    Reason.NAME_NOT_FOUND: "{name}: server not found",
    Kind.AUTH: "{name}: login refused",
    Kind.TLS: "{name}: no safe connection",
    Kind.NETWORK: "{name}: server out of reach",
}
_FOR_THE_USER = (Kind.AUTH, Kind.TLS, Kind.CONFIG)  # waiting does not mend these


def _trouble(event: ev.TroubleLasts, now: float, zone: tzinfo | None) -> News:
    reason = Reason(event.reason)
    kind = KIND_OF[reason]
    sentence = _TROUBLE_SUMMARIES.get(reason) or _TROUBLE_SUMMARIES.get(kind) or "{name}: cannot be checked"
    summary = _(sentence).format(name=name(event.account))
    explained = explain(event.reason, clean(event.host, 80), clean(event.said))
    body = f"{explained} {_since(event, now, zone)}"
    settings = Action(an.SETTINGS, _("Settings"))
    check = Action(an.CHECK, _("Check now"))
    if kind in _FOR_THE_USER:
        urgency = Urgency.CRITICAL if event.retry_at is None else Urgency.NORMAL
        return News(summary, body, f"{summary}.", urgency, (settings, check), an.SETTINGS, "network.error")
    return News(summary, body, f"{summary}.", Urgency.NORMAL, (check, settings), an.CHECK, "network.error")


def _since(event: ev.TroubleLasts, now: float, zone: tzinfo | None) -> str:
    since = _("Since {time}.").format(time=_clock(event.since, now, zone))
    if event.retry_at is None:
        return f"{since} " + _("It is not tried again by itself.")
    return f"{since} " + _("Tried again at {time}.").format(time=_clock(max(event.retry_at, now), now, zone))


def _clock(at: float, now: float, zone: tzinfo | None) -> str:
    """A moment as people say it: the time alone today, with the date on another day."""
    moment, today = datetime.fromtimestamp(at, zone), datetime.fromtimestamp(now, zone).date()
    return f"{moment:%H:%M}" if moment.date() == today else f"{moment:%Y-%m-%d %H:%M}"


def _mail_refused(event: ev.MailRefused) -> News:
    subject = clean(event.subject, 80) or _("(no subject)")
    said = clean(event.said)
    quoted = _("The server says: “{said}”").format(said=said) if said else ""
    actions = (Action(an.OUTBOX, _("Show outbox")),)
    summary, body, category = _outbox_words(event.state)
    summary = summary.format(subject=subject)
    return News(summary, f"{body} {quoted}".strip(), f"{summary}.", Urgency.CRITICAL, actions, an.OUTBOX, category)


def _outbox_words(state: str) -> tuple[str, str, str]:
    match state:
        case "refused":
            return (
                _("Mail refused: “{subject}”"),
                _("It was not sent to everybody. It is kept in the outbox."),
                "email.bounced",
            )
        case "uncertain":
            return (
                _("Perhaps sent: “{subject}”"),
                _("The connection ended before the server confirmed it. It is not sent again unless you say so."),
                "transfer.error",
            )
        case _:
            return (
                _("Still waiting: “{subject}”"),
                _("It could not be sent so far. It is kept in the outbox and tried again."),
                "transfer.error",
            )


def _lines(parts: Sequence[str]) -> str:
    return "\n".join(clean(part, BODY_LIMIT) for part in parts if part)[:BODY_LIMIT]
