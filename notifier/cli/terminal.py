"""What the commands share: exit statuses, a window in a process of its own, a word to the running program."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from notifier.config import Account, Server, Settings
from notifier.places import Places
from notifier.words import _

if TYPE_CHECKING:
    from notifier.servers.secret import Secret

WRONG_USE, FAILED = 2, 3


def secret_for(account: Account, server: Server) -> Secret:
    """The password of an account's server, from `password_command` or the desktop's store."""
    from notifier.system import passwords

    return passwords.secret_for(account, server)


def tell_the_running(what: str, where: Places) -> None:
    """Lets the running program, if there is one, look at what this process changed."""
    from notifier.system import instance

    instance.tell(where.door, {"do": what})


def window(name: str, request: dict[str, Any]) -> int:
    """Shows a window, a process of its own, and waits until it is closed."""
    from notifier.windows import process

    answer = process.open_window(name, request).answer() or {}
    if not answer.get("trouble"):
        return 0
    print(f"notifier: {answer.get('message') or _('the window ended in an unforeseen way')}", file=sys.stderr)
    return WRONG_USE if answer["trouble"] == process.SETTINGS else FAILED


def print_report(sentences: Sequence[str], status: int) -> int:
    for sentence in sentences:
        print(sentence, file=sys.stderr if status >= WRONG_USE else sys.stdout)
    return status


def no_such_account(unknown: list[str], settings: Settings, where: Places) -> int:
    if not settings.accounts:
        print(
            _("No account is set up in {path}. “notifier setup” makes one.").format(path=where.config), file=sys.stderr
        )
        return WRONG_USE
    there = ", ".join(a.name for a in settings.accounts)
    for name in unknown:
        print(_("There is no account “{name}”; there are: {names}").format(name=name, names=there), file=sys.stderr)
    return WRONG_USE


def home_of(where: Places) -> str:
    return str(where.home or "")
