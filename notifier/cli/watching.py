"""The commands around the running program: start it, ask it, end it, check now."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from notifier.cli.terminal import home_of, no_such_account, secret_for, window
from notifier.config import load
from notifier.places import Places
from notifier.words import _

if TYPE_CHECKING:
    import argparse

ASK_PATIENCE = 170.0  # seconds: a running program's checks have a deadline of their own


def run(options: argparse.Namespace, where: Places) -> int:
    """The tray, in the foreground; without one it goes on and says where its alerts go."""
    from notifier.system import instance
    from notifier.watch import starting

    settings = load(where.config)
    try:
        return starting.run(where, settings, secret_for, tray_wanted=not options.no_tray)
    except instance.AlreadyRunningError:
        return _started_again(where, window_wanted=not options.no_tray)


def _started_again(where: Places, *, window_wanted: bool) -> int:
    """Who starts a running program wants to see it: its icon where there is one, and else the window."""
    from notifier.system import instance
    from notifier.watch.opening import can_show_windows

    instance.ask(where.door, {"do": "act", "action": "check"}, timeout=5.0)
    print(_("Notifier is running already; it was asked to check now."), flush=True)
    reply = instance.ask(where.door, {"do": "status"}, timeout=5.0)
    if window_wanted and can_show_windows() and reply is not None and not reply.get("icon_seen"):
        return window("status", {"home": home_of(where) or None})
    return 0


def demo(options: argparse.Namespace, _where: Places) -> int:
    """The program against the embedded servers; its folder is thrown away at the end."""
    from notifier.watch import starting

    return starting.demo(tray_wanted=not options.no_tray, speed=options.speed)


def check(options: argparse.Namespace, where: Places) -> int:
    """One check now, by the running program if there is one, and by this process otherwise."""
    from notifier.watch import report

    settings = load(where.config)
    unknown = [name for name in options.accounts if settings.account(name) is None]
    if unknown or not settings.accounts:
        return no_such_account(unknown, settings, where)
    rows = _checked_by_the_running(options.accounts, where)
    goes_on = rows is not None
    if rows is None:
        from notifier.watch.once import check_once

        rows = check_once(where, settings, options.accounts, lambda account: secret_for(account, account.pop3))
    if options.json:
        print(json.dumps({"accounts": rows}, ensure_ascii=False))
    else:
        for row in rows:
            print(report.sentence(row, goes_on=goes_on))
    return report.exit_status(rows)


def _checked_by_the_running(names: list[str], where: Places) -> list[dict[str, Any]] | None:
    from notifier.system import instance

    reply = instance.ask(where.door, {"do": "check", "accounts": names}, timeout=ASK_PATIENCE)
    return reply["accounts"] if reply and reply.get("ok") else None


def status(options: argparse.Namespace, where: Places) -> int:
    """What the running program sees; exit status 1 when none runs."""
    from notifier.system import instance

    if options.window:
        return window("status", {"home": home_of(where) or None})
    reply = instance.ask(where.door, {"do": "status"}, timeout=5.0)
    if options.json:
        print(json.dumps(reply or {"running": False}, ensure_ascii=False))
    elif reply is None:
        print(_("Notifier is not running."))
    else:
        _print_status(reply)
    return 0 if reply else 1


def _print_status(reply: dict[str, Any]) -> None:
    shown = _("icon: {tray}; alerts: {alerts}")
    print(_("Notifier is running (process {pid}).").format(pid=reply["pid"]))
    print(shown.format(tray=reply["tray"] or _("none"), alerts=reply["alerts"]))
    if reply["note"]:
        print(reply["note"])
    for account in reply["accounts"]:
        print(f"{account['name']}: {_status_of(account)}")


def _status_of(account: dict[str, Any]) -> str:
    """One account's line: what is there and how full it is, or why nobody knows."""
    from notifier.words import ngettext, size

    if account["error"]:
        return str(account["error"]["message"])
    n, quota = account["messages"], account["quota"]
    if n is None:
        return _("not checked yet")
    count = ngettext("{n} message, {unseen} unseen", "{n} messages, {unseen} unseen", n)
    parts = [count.format(n=n, unseen=account["unseen"])]
    if quota:
        full = _("at least {percent} % of {limit}")
        parts.append(full.format(percent=round(quota["percent"]), limit=size(quota["limit"])))
    return ", ".join([*parts, *filter(None, [account["forecast"]])])


def quit_(_options: argparse.Namespace, where: Places) -> int:
    """Ends the running program; exit status 1 when none runs."""
    from notifier.system import instance

    if instance.ask(where.door, {"do": "quit"}, timeout=5.0) is None:
        print(_("Notifier is not running."))
        return 1
    return 0
