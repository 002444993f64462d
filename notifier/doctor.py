"""`notifier doctor`: what works here and what does not, line by line, each with its remedy. Changes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from notifier.config import Account, Server, Settings, SettingsError, load
from notifier.errors import Trouble
from notifier.places import Places
from notifier.pop3 import Look, Step, look
from notifier.servers.secret import Secret
from notifier.words import _, explain, ngettext, size, span

WORKS, FAILS, UNKNOWN = "works", "fails", "unknown"
_MARKS = {WORKS: "✓", FAILS: "✗", UNKNOWN: "?"}
CERTIFICATE_SOON = 14 * 86400.0

SecretFor = Callable[[Account, Server], Secret]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing looked at. `part` groups lines; `state` is `works`, `fails` or `unknown`; `remedy` may be empty."""

    part: str
    name: str
    state: str
    what: str
    remedy: str = ""


def examine(where: Places, secret_for: SecretFor) -> Iterator[Line]:
    """Every line as it is found: the desktop first, then each account's servers step by step."""
    yield from _desktop()
    settings: Settings | None = None
    try:
        settings = load(where.config)
    except SettingsError as error:
        for problem in error.problems:
            yield Line("settings", str(where.config), FAILS, problem, _("Correct this line."))
    else:
        accounts = ngettext("{n} account", "{n} accounts", len(settings.accounts)).format(n=len(settings.accounts))
        yield Line("settings", str(where.config), WORKS, accounts)
    yield _running(where)
    for account in settings.accounts if settings else ():
        yield from _account(account, secret_for)


def as_text(line: Line) -> str:
    remedy = f"\n    → {line.remedy}" if line.remedy and line.state != WORKS else ""
    return f"{_MARKS[line.state]} {line.part}, {line.name}: {line.what}{remedy}"


def as_facts(line: Line) -> dict[str, Any]:
    return asdict(line)


# --- the desktop -------------------------------------------------------------------------------------------------


def _desktop() -> Iterator[Line]:
    from notifier.alerts.senders.choice import Surroundings
    from notifier.alerts.senders.choice import probes as ways_to_alert
    from notifier.tray.choice import available

    yield from _ranked("tray", available())
    yield from _ranked("alerts", ways_to_alert(Surroundings()))
    yield _password_store()


def _ranked(part: str, probes: list[Any]) -> Iterator[Line]:
    """Of several ways one is enough: those behind one that works are not at fault for not working."""
    found = False
    for probe in probes:
        state = WORKS if probe.works else UNKNOWN if found else FAILS
        yield Line(part, probe.name, state, probe.why, probe.remedy)
        found = found or probe.works


def _password_store() -> Line:
    from notifier.system import passwords

    try:
        return Line("passwords", "store", WORKS, passwords.store_name())
    except Trouble as trouble:
        words = explain(trouble.reason, trouble.host, trouble.said)
        return Line("passwords", "store", FAILS, words.what, words.remedy)


def _running(where: Places) -> Line:
    from notifier.system import instance

    reply = instance.ask(where.door, {"do": "status"}, timeout=3.0)
    if reply is None:
        return Line("program", "running", UNKNOWN, _("It is not running now."), _("Start it with “notifier”."))
    return Line("program", "running", WORKS, _("process {pid}").format(pid=reply.get("pid", "?")))


# --- an account's servers ----------------------------------------------------------------------------------------

# In the order in which a session takes them; what follows a failed step could not be tried.
_STEPS = ("name", "connection", "tls", "greeting", "capabilities", "login", "count", "ids")


def _account(account: Account, secret_for: SecretFor) -> Iterator[Line]:
    """The receiving server step by step, then what it announced about its limits."""
    taken: list[Step] = []
    try:
        secret = secret_for(account, account.pop3)
    except Trouble as trouble:
        yield _failed(account, "password", trouble)
        return
    yield Line(account.name, "password", WORKS, _("is there"))
    try:
        found = look(account.pop3, secret, full=True, on_step=taken.append)
    except Trouble as trouble:
        yield from (_step(account, step) for step in taken)
        yield _failed(account, _next_after(taken), trouble)
        return
    yield from (_step(account, step) for step in taken)
    yield from _limits(account, found)


def _next_after(taken: list[Step]) -> str:
    """The step that failed: the first that was not reported, or rather the one behind the last that was."""
    last = _STEPS.index(taken[-1].name) if taken else -1
    return _STEPS[min(last + 1, len(_STEPS) - 1)]


def _failed(account: Account, name: str, trouble: Trouble) -> Line:
    words = explain(trouble.reason, trouble.host, trouble.said)
    return Line(account.name, name, FAILS, words.what, words.remedy)


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
    return Line(account.name, step.name, WORKS, step.detail or _("done"))


def _certificate(account: Account, detail: str) -> Line:
    import ssl

    version, _semicolon, ends = detail.partition("; ")
    if not ends:
        return Line(account.name, "tls", WORKS, version)
    left = ssl.cert_time_to_seconds(ends) - time.time()
    what = _("{version}, the certificate is valid for {span} more").format(version=version, span=span(left))
    if left < CERTIFICATE_SOON:
        return Line(account.name, "tls", UNKNOWN, what, _("The provider has to renew it soon."))
    return Line(account.name, "tls", WORKS, what)


def _limits(account: Account, found: Look) -> Iterator[Line]:
    if found.login_delay:
        what = _("The server wants {span} between two checks.").format(span=span(found.login_delay))
        yield Line(account.name, "login delay", WORKS, what)
    if found.expire is not None:
        what = _("The server itself deletes mail after {span}.").format(span=span(found.expire * 86400))
        yield Line(account.name, "expiry", WORKS, what)
    if account.mailbox_limit is None:
        what = _("The mailbox's limit is not known, so nothing can be said about how full it is.")
        yield Line(account.name, "limit", UNKNOWN, what, _("Enter what the provider grants as mailbox_limit."))
