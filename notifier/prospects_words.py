"""The sentences about how a mailbox fills: one short one for menu and status, all of them for `notifier history`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from notifier.mailbox.advice import DeletedSoon, KeepShorter, LeftBehind, OutsideInbox, ServerDeletes
from notifier.mailbox.forecast import Range, Silence
from notifier.prospects import Prospects
from notifier.words import _, ngettext, share, size

DAY = 86400.0
MONTH = 30.44
MONTHS_FROM = 90  # days
RECENT = 30  # days


def short(found: Prospects) -> str:
    """ "full in about 9 days", or nothing where the data do not carry it."""
    days = found.ahead.days
    return "" if days is None else _("full {when}").format(when=when(days))


def when(days: Range) -> str:
    """ "in about 9 days" where it is certain enough, else "in 6 to 14 days"; in months where days would pretend."""
    if days.high < 1:
        return _("within a day")
    if days.middle > MONTHS_FROM:
        low, middle, high = _figures(days, MONTH)
        if days.certain or low == high:
            return ngettext("in about {n} month", "in about {n} months", middle).format(n=middle)
        return _("in {low} to {high} months").format(low=low, high=high)
    low, middle, high = _figures(days, 1)
    if days.certain or low == high:
        return ngettext("in about {n} day", "in about {n} days", middle).format(n=middle)
    return _("in {low} to {high} days").format(low=low, high=high)


def _figures(days: Range, unit: float) -> tuple[int, int, int]:
    low, middle, high = (max(1, round(d / unit)) for d in (days.low, days.middle, days.high))
    return low, middle, high


def headline(found: Prospects) -> str:
    """ "Work: 412 messages, at least 312 of 500 MB."."""
    if not found.samples:
        return _("{name}: not checked yet.").format(name=found.account.name)
    last, limit = found.samples[-1], found.account.mailbox_limit
    octets = last.octets + (found.calibration.outside if found.calibration else 0)
    used = size(octets) if limit is None else _("at least {share}").format(share=share(octets, limit))
    count = ngettext("{n} message", "{n} messages", last.count).format(n=last.count)
    return f"{found.account.name}: {count}, {used}."


def sentences(found: Prospects) -> list[str]:
    """Everything worth saying about one account, the headline first."""
    if not found.samples:
        return [headline(found)]
    parts = [headline(found), *_arriving(found), *_filling(found), *_settling(found)]
    return parts + [_WORDS[type(advice)](advice) for advice in found.advice]


def _arriving(found: Prospects) -> list[str]:
    rate = found.ahead.rate
    if rate is None:
        return []
    begin = found.at - RECENT * DAY
    arrived = sum(s.arrived for s in found.samples[1:] if s.at > begin)
    days = max(1, round(min(RECENT, (found.samples[-1].at - found.samples[0].at) / DAY)))
    what = _("About {size} arrive a day").format(size=size(rate.middle))
    count = ngettext("{n} message in {days} days", "{n} messages in {days} days", arrived)
    return [_("{what}: {count}.").format(what=what, count=count.format(n=arrived, days=days))]


def _filling(found: Prospects) -> list[str]:
    days, silence = found.ahead.days, found.ahead.silence
    if days is not None:
        return [_("At this rate the mailbox will be full {when}.").format(when=when(days))]
    return [_(_SILENT[silence])] if silence in _SILENT else []


_SILENT: dict[Silence | None, str] = {
    Silence.NO_LIMIT: "Its limit is not in the settings, so nobody can say when it will be full.",
    Silence.TOO_EARLY: "It has not been watched for long enough to say when it will be full.",
    Silence.FULL: "It is full: new mail may be refused.",
    Silence.STEADY: "As much mail leaves it as comes, so it does not fill.",
    Silence.TIDIED: "It is tidied up often enough not to fill.",
    Silence.FAR_OFF: "It will not be full within two years.",
    Silence.UNCERTAIN: "Its mail comes too unevenly to say when it will be full.",
    Silence.OUT_OF_DATE: "It was not looked at for so long that it may be full by now.",
}


def _settling(found: Prospects) -> list[str]:
    """With a storage period: the level the mailbox tends to, and whether that fits."""
    settles, period = found.ahead.settles_at, found.account.keep_on_server
    if settles is None or not period:
        return []
    start = ngettext(
        "With mail kept for {n} day it settles at about {size}",
        "With mail kept for {n} days it settles at about {size}",
        period,
    ).format(n=period, size=size(settles.middle))
    verdict = {True: _("which fits"), False: _("which is more than fits"), None: _("too close to the limit to rely on")}
    if found.limit is None:
        return [f"{start}."]
    return [f"{start}, {verdict[found.ahead.fits]}."]


def _keep_shorter(advice: KeepShorter) -> str:
    now = _("for ever") if advice.instead_of is None else _days(advice.instead_of)
    if advice.days < 1:
        return _("Set your mail program to leave no mail on the server; even a day of it does not fit.")
    text = _("Set your mail program to keep mail for {days} instead of {now}: then it stays below {size}.")
    return text.format(days=_days(advice.days), now=now, size=size(advice.octets))


def _left_behind(advice: LeftBehind) -> str:
    text = ngettext(
        "{least}{n} message is still there although your mail program should have removed it after {days}.",
        "{least}{n} messages are still there although your mail program should have removed them after {days}.",
        advice.count,
    )
    least = "" if advice.sure else _("At least") + " "
    return text.format(least=least, n=advice.count, days=_days(advice.period))


def _server_deletes(advice: ServerDeletes) -> str:
    if not advice.days:
        return _("The server itself deletes mail as soon as it was fetched.")
    return _("The server itself deletes mail after {days}.").format(days=_days(advice.days))


def _deleted_soon(advice: DeletedSoon) -> str:
    n = round(advice.days)
    when = _("at any time now") if n < 1 else _("within {days}").format(days=_days(n))
    text = ngettext(
        "{n} message reaches that age {when}: fetch it before, if you want to keep it.",
        "{n} messages reach that age, the first {when}: fetch them before, if you want to keep them.",
        advice.count,
    )
    return text.format(n=advice.count, when=when)


def _outside(advice: OutsideInbox) -> str:
    text = _("{size} more lie outside the inbox, by the provider's page on {date}; they are counted in.")
    date = datetime.fromtimestamp(advice.at).astimezone().strftime("%Y-%m-%d")
    return text.format(size=size(advice.octets), date=date)


def _days(n: int) -> str:
    return ngettext("{n} day", "{n} days", n).format(n=n)


_WORDS: dict[type, Callable[[Any], str]] = {
    KeepShorter: _keep_shorter,
    LeftBehind: _left_behind,
    ServerDeletes: _server_deletes,
    DeletedSoon: _deleted_soon,
    OutsideInbox: _outside,
}
