"""The commands for the accounts: list them, set them up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from notifier.cli.terminal import no_such_account, tell_the_running
from notifier.config import Account, Settings, load
from notifier.places import Places
from notifier.words import _

if TYPE_CHECKING:
    import argparse


def accounts(options: argparse.Namespace, where: Places) -> int:
    """The accounts as they are set up."""
    settings = load(where.config)
    rows = [_account_row(a, settings) for a in settings.accounts]
    if options.json:
        print(json.dumps({"config": str(where.config), "accounts": rows}, ensure_ascii=False))
        return 0
    if not rows:
        return no_such_account([], settings, where)
    for row in rows:
        print(f"{row['name']}: {row['user']} · {row['pop3']} · {row['smtp'] or _('no sending server')}")
    return 0


def _account_row(account: Account, settings: Settings) -> dict[str, Any]:
    return {
        "name": account.name,
        "address": account.address,
        "user": account.pop3.user,
        "pop3": f"{account.pop3.host}:{account.pop3.port} ({account.pop3.security})",
        "smtp": ", ".join(f"{s.host}:{s.port} ({s.security})" for s in account.smtp) or None,
        "mailbox_limit": account.mailbox_limit,
        "keep_on_server": account.keep_on_server,
        "interval": settings.interval_of(account),
        "muted": account.muted,
    }


def setup(options: argparse.Namespace, where: Places) -> int:
    """The set-up window; with options, set-up without a window."""
    from notifier.setup import commands

    status = commands.run(options, where)
    tell_the_running("reload", where)
    return status
