"""`notifier doctor`: what works here and what does not, line by line, each with its remedy. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from notifier.config import Settings, SettingsError, load
from notifier.doctor import desktop, servers
from notifier.doctor.line import FAILS, UNKNOWN, WORKS, Line
from notifier.doctor.servers import SecretFor
from notifier.places import Places
from notifier.words import _, ngettext

__all__ = ["FAILS", "UNKNOWN", "WORKS", "Line", "as_facts", "as_text", "examine"]
_MARKS = {WORKS: "✓", FAILS: "✗", UNKNOWN: "?"}


def examine(where: Places, secret_for: SecretFor) -> Iterator[Line]:
    """Every line as it is found: the settings and the desktop first, then each account's servers step by step."""
    settings = Settings()
    try:
        settings = load(where.config)
    except SettingsError as error:
        for problem in error.problems:
            yield Line("settings", str(where.config), FAILS, problem, _("Correct this line."))
    else:
        accounts = ngettext("{n} account", "{n} accounts", len(settings.accounts)).format(n=len(settings.accounts))
        yield Line("settings", str(where.config), WORKS, accounts)
    yield _running(where)
    yield from desktop.lines(settings)
    for account in settings.accounts:
        yield from servers.lines(account, settings, secret_for)


def as_text(line: Line) -> str:
    remedy = f"\n    → {line.remedy}" if line.remedy and line.state != WORKS else ""
    return f"{_MARKS[line.state]} {line.part}, {line.name}: {line.what}{remedy}"


def as_facts(line: Line) -> dict[str, Any]:
    return asdict(line)


def _running(where: Places) -> Line:
    from notifier.system import instance

    try:
        reply = instance.ask(where.door, {"do": "status"}, timeout=3.0)
    except TimeoutError:
        what = _("It is running, but does not answer.")
        return Line("program", "running", FAILS, what, _("End it, and start it again."))
    if reply is None:
        return Line("program", "running", UNKNOWN, _("It is not running now."), _("Start it with “notifier”."))
    return Line("program", "running", WORKS, _("process {pid}").format(pid=reply.get("pid", "?")))
