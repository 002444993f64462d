"""An account's receiving server step by step: name, connection, TLS, login, STAT, UIDL, and the limits it has."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator

from notifier.config import Account, Server, Settings
from notifier.doctor.line import UNKNOWN, WORKS, Line, failed
from notifier.errors import Trouble
from notifier.pop3 import Look, Step, look
from notifier.servers.secret import Secret
from notifier.words import _, ngettext, size, span

CERTIFICATE_SOON = 14 * 86400.0
DAY = 86400

SecretFor = Callable[[Account, Server], Secret]

# In the order in which a session takes them; what follows a failed step could not be tried.
_STEPS = ("name", "connection", "tls", "greeting", "capabilities", "login", "count", "ids")


def lines(account: Account, settings: Settings, secret_for: SecretFor) -> Iterator[Line]:
    """Every step of one session, then what the server announced about its limits."""
    taken: list[Step] = []
    try:
        secret = secret_for(account, account.pop3)
    except Trouble as trouble:
        yield failed(account.name, "password", trouble)
        return
    yield Line(account.name, "password", WORKS, _("is there"))
    try:
        found = look(account.pop3, secret, full=True, on_step=taken.append)
    except Trouble as trouble:
        yield from (_step(account, step) for step in taken)
        yield failed(account.name, _next_after(taken), trouble)
        return
    yield from (_step(account, step) for step in taken)
    yield from _limits(account, settings, found)


def _next_after(taken: list[Step]) -> str:
    """The step that failed: the first that was not reported, or rather the one behind the last that was."""
    last = _STEPS.index(taken[-1].name) if taken else -1
    return _STEPS[min(last + 1, len(_STEPS) - 1)]


def _step(account: Account, step: Step) -> Line:
    if step.name == "count":
        count, _comma, octets = step.detail.partition(", ")
        messages = ngettext("{n} message", "{n} messages", int(count)).format(n=count)
        return Line(account.name, "count", WORKS, f"{messages}, {size(int(octets))}")
    if step.name == "ids" and step.detail == "-":
        what = _("The server gives no unique-ids: new mail is told by counts only.")
        return Line(account.name, "ids", UNKNOWN, what)
    if step.name == "tls":
        return _certificate(account, step.detail)
    if step.name == "ids":
        found = ngettext("{n} unique-id", "{n} unique-ids", int(step.detail)).format(n=step.detail)
        return Line(account.name, "ids", WORKS, found)
    words = {"connection": _("port {detail}"), "login": _("as {detail}")}.get(step.name, "{detail}")
    return Line(account.name, step.name, WORKS, words.format(detail=step.detail) if step.detail else _("done"))


def _certificate(account: Account, detail: str) -> Line:
    version, _semicolon, ends = detail.partition("; ")
    if not ends:
        return Line(account.name, "tls", WORKS, version)
    at = ssl.cert_time_to_seconds(ends)
    left = at - time.time()
    what = _("{version}, the certificate is valid for {span} more, until {day}").format(
        version=version, span=span(left), day=time.strftime("%Y-%m-%d", time.localtime(at))
    )
    if left < CERTIFICATE_SOON:
        return Line(account.name, "tls", UNKNOWN, what, _("The provider has to renew it soon."))
    return Line(account.name, "tls", WORKS, what)


def _limits(account: Account, settings: Settings, found: Look) -> Iterator[Line]:
    if found.login_delay:
        yield _login_delay(account, found.login_delay, settings.interval_of(account))
    if found.expire is not None:
        yield _expiry(account, found.expire)
    if account.mailbox_limit is None:
        what = _("The mailbox's limit is not known, so nothing can be said about how full it is.")
        yield Line(account.name, "limit", UNKNOWN, what, _("Enter what the provider grants as mailbox_limit."))


def _login_delay(account: Account, delay: int, interval: float) -> Line:
    """LOGIN-DELAY (RFC 2449 §6.5)."""
    what = _("The server wants {span} between two checks.").format(span=span(delay))
    if delay <= interval:
        return Line(account.name, "login delay", WORKS, what)
    remedy = _("Set an interval of at least {span} for this account.").format(span=span(delay))
    return Line(account.name, "login delay", UNKNOWN, what, remedy)


def _expiry(account: Account, days: int) -> Line:
    """EXPIRE (RFC 2449 §6.7)."""
    if days == 0:
        what = _("The server may delete mail as soon as a mail program has fetched it.")
    else:
        what = _("The server itself deletes mail after {span}.").format(span=span(days * DAY))
    return Line(account.name, "expiry", WORKS, what)
