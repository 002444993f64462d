"""The words of menu and tooltip: an account's line, times that do not tick, troubles in three words."""

from __future__ import annotations

import datetime
import textwrap
from typing import TYPE_CHECKING

from notifier.untrusted import clean
from notifier.words import _, ngettext, share, size

if TYPE_CHECKING:
    from notifier.overview import AccountState, Overview

NAME_LIMIT = 40  # characters of an account's name in a menu
LINE_WIDTH = 64  # characters of a sentence before it is broken
SENTENCE_LINES = 4

_SHORT_TROUBLE = {
    "auth": "login refused",
    "tls": "connection is not safe",
    "network": "cannot be reached",
    "in-use": "in use by another program",
    "too-soon": "server asks for patience",
    "server": "server has trouble",
    "protocol": "server answers nonsense",
    "config": "settings need a look",
}


def clock(at: float, now: float) -> str:
    """The POSIX time `at` as a person on this computer reads it: "14:05", on another day "Tue 14:05"."""
    then, today = (datetime.datetime.fromtimestamp(t).astimezone() for t in (at, now))
    if then.date() == today.date():
        return then.strftime("%H:%M")
    if abs((then.date() - today.date()).days) < 7:
        return then.strftime("%a %H:%M")
    return then.strftime("%Y-%m-%d %H:%M")


def short_name(account: AccountState) -> str:
    return clean(account.name, NAME_LIMIT) or _("(no name)")


def account_line(account: AccountState, now: float) -> str:
    """One account in one line: "Work: 3 unseen, 41 messages, at least 82 % full"."""
    facts = [*_mail_facts(account), *_trouble_facts(account, now)]
    if account.muted:
        facts.append(_("muted"))
    return _("{name}: {facts}").format(name=short_name(account), facts=", ".join(facts))


def _mail_facts(account: AccountState) -> list[str]:
    if account.count is None:
        return [] if account.trouble else [_("not checked yet")]
    facts = []
    if account.unseen:
        facts.append(ngettext("{n} unseen", "{n} unseen", account.unseen).format(n=account.unseen))
    facts.append(ngettext("{n} message", "{n} messages", account.count).format(n=account.count))
    if account.percent is not None:
        facts.append(_full_in_words(account))
    return facts


def _full_in_words(account: AccountState) -> str:
    if account.level == "full" or (account.percent or 0) >= 100:
        return _("full")
    if account.forecast:
        ahead = _("at least {percent} %, {forecast}")
        return ahead.format(percent=int(account.percent or 0), forecast=clean(account.forecast, LINE_WIDTH))
    return _("at least {percent} % full").format(percent=int(account.percent or 0))


def _trouble_facts(account: AccountState, now: float) -> list[str]:
    if account.trouble is None:
        return []
    short = _(_SHORT_TROUBLE.get(account.trouble.kind, "cannot be checked"))
    return [_("{trouble} since {time}").format(trouble=short, time=clock(account.trouble.since, now))]


def account_details(account: AccountState, now: float) -> list[str]:
    """The lines under an account that only inform: size, forecast, last check, trouble with its next try."""
    lines = []
    if account.octets is not None:
        lines.append(_size_line(account))
    if account.checked_at is not None:
        lines.append(_("Checked at {time}").format(time=clock(account.checked_at, now)))
    if account.trouble is not None:
        lines.extend(broken(account.trouble.message))
        if account.trouble.retry_at is not None:
            lines.append(_("Tried again at {time}").format(time=clock(account.trouble.retry_at, now)))
    return lines


def _size_line(account: AccountState) -> str:
    """ "At least 412 of 500 MB, full in about 9 days": at least, for POP3 shows the inbox alone."""
    octets = (account.octets or 0) + account.outside
    if account.limit is None:
        return _("{used} in the inbox").format(used=size(octets))
    used = _("At least {share}").format(share=share(octets, account.limit))
    return f"{used}, {clean(account.forecast, LINE_WIDTH)}" if account.forecast else used


def broken(sentence: str) -> list[str]:
    """`sentence` (not trusted: a server may be quoted in it) in lines a menu can show."""
    return textwrap.wrap(
        clean(sentence, LINE_WIDTH * SENTENCE_LINES), LINE_WIDTH, max_lines=SENTENCE_LINES, placeholder=" …"
    )


def state_line(overview: Overview, now: float) -> str:
    """What holds for the whole program, or an empty text: paused, offline, quiet hours, its own note."""
    if overview.paused_until is not None:
        return pause_line(overview.paused_until, now)
    if overview.offline:
        return _("No network: checks go on when it is back")
    if overview.quiet:
        return _("Quiet hours: nothing is announced")
    return clean(overview.note, 120)


def pause_line(until: float, now: float) -> str:
    if until == float("inf"):
        return _("Paused until you resume")
    return _("Paused until {time}").format(time=clock(until, now))


def outbox_line(overview: Overview) -> str:
    """What waits to be sent, or an empty text."""
    parts = []
    if overview.waiting_mails:
        n = overview.waiting_mails
        parts.append(ngettext("{n} mail waits to be sent", "{n} mails wait to be sent", n).format(n=n))
    if overview.uncertain_mails:
        n = overview.uncertain_mails
        parts.append(ngettext("{n} mail may not have been sent", "{n} mails may not have been sent", n).format(n=n))
    return ", ".join(parts)


def tooltip(overview: Overview, now: float) -> str:
    """The tooltip's lines: the first is its title, the others a line per account and what holds for all."""
    lines = [_headline(overview)]
    lines.extend(account_line(account, now) for account in overview.accounts)
    lines.extend(line for line in (state_line(overview, now), outbox_line(overview)) if line)
    return "\n".join(lines)


def _headline(overview: Overview) -> str:
    if not overview.accounts:
        return _("Notifier: no account yet")
    n = overview.unseen
    return ngettext("Notifier: {n} unseen message", "Notifier: {n} unseen messages", n).format(n=n) if n else "Notifier"
