"""The public JSON: `notifier check --json`, `status --json`, and the exit status of `check`. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from notifier.errors import Trouble
from notifier.mailbox.quota import Quota
from notifier.overview import AccountState, Overview
from notifier.watch.check import Outcome
from notifier.words import _, explain, ngettext, size, span

NEW_MAIL, NOTHING_NEW, WRONG_USE, FAILED = 0, 1, 2, 3


def row(outcome: Outcome, now: float) -> dict[str, Any]:
    """One account of `check --json`, as DESIGN's public face fixes it."""
    memory, changes = outcome.memory, outcome.changes
    known = memory.known
    return {
        "name": memory.name,
        "ok": outcome.trouble is None,
        "messages": known.count if known else None,
        "octets": known.octets if known else None,
        "new": changes.new if changes else 0,
        "gone": changes.gone if changes else 0,
        "unseen": memory.unseen,
        "first_check": bool(changes and changes.first),
        "quota": quota_facts(outcome.quota),
        "error": error_facts(outcome.trouble, outcome.next_check, now),
    }


def quota_facts(quota: Quota | None) -> dict[str, Any] | None:
    if quota is None:
        return None
    return {"limit": quota.limit, "percent": round(quota.percent, 1), "level": quota.level}


def error_facts(trouble: Trouble | None, retry_at: float | None, now: float) -> dict[str, Any] | None:
    """`retry_after` in seconds; null when only the user can change it."""
    if trouble is None:
        return None
    return {
        "kind": str(trouble.kind),
        "message": str(explain(trouble.reason, trouble.host, trouble.said)),
        "retry_after": None if retry_at is None else max(0, round(retry_at - now)),
    }


def exit_status(rows: Sequence[dict[str, Any]]) -> int:
    """A failed account outweighs new mail: a script must not take silence for an empty mailbox."""
    if any(not r["ok"] for r in rows):
        return FAILED
    return NEW_MAIL if any(r["new"] for r in rows) else NOTHING_NEW


def sentence(facts: dict[str, Any], *, goes_on: bool) -> str:
    """One account of `notifier check` for a person; `goes_on`: a program runs that will look again."""
    if facts["error"]:
        again = facts["error"]["retry_after"]
        when = "" if again is None or not goes_on else " " + _("Tried again in {span}.").format(span=span(again))
        return f"{facts['name']}: {facts['error']['message']}{when}"
    count = facts["messages"]
    parts = [ngettext("{n} message", "{n} messages", count).format(n=count), size(facts["octets"])]
    if facts["first_check"]:
        parts.append(_("first check: learned what is there"))
    elif facts["new"]:
        parts.append(ngettext("{n} new", "{n} new", facts["new"]).format(n=facts["new"]))
    else:
        parts.append(_("nothing new"))
    if facts["quota"]:
        full = _("at least {percent} % of {limit}")
        parts.append(full.format(percent=round(facts["quota"]["percent"]), limit=size(facts["quota"]["limit"])))
    return f"{facts['name']}: {', '.join(parts)}"


def status_facts(overview: Overview, facts: dict[str, Any]) -> dict[str, Any]:
    """The whole running program as JSON; `facts` are those the overview does not hold (pid, tray, alerts)."""
    paused = overview.paused_until
    return {
        "running": True,
        **facts,
        "paused_until": None if paused is None else "resumed" if paused == float("inf") else paused,
        "quiet": overview.quiet,
        "offline": overview.offline,
        "waiting_mails": overview.waiting_mails,
        "uncertain_mails": overview.uncertain_mails,
        "note": overview.note or None,
        "accounts": [_account_facts(a) for a in overview.accounts],
    }


def _account_facts(state: AccountState) -> dict[str, Any]:
    quota = None
    if state.percent is not None and state.limit is not None:
        quota = {"limit": state.limit, "percent": round(state.percent, 1), "level": state.level}
    return {
        "name": state.name,
        "messages": state.count,
        "octets": state.octets,
        "outside_inbox": state.outside,
        "unseen": state.unseen,
        "quota": quota,
        "forecast": state.forecast or None,
        "checked_at": state.checked_at,
        "next_check": state.next_check,
        "checking": state.checking,
        "muted": state.muted,
        "error": None if state.trouble is None else asdict(state.trouble),
    }
