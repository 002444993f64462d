"""Carrying a decision out: the users' own commands on new mail, and the alert to the sender."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from notifier.alerts.calm import Say
from notifier.alerts.command import run_command
from notifier.alerts.senders.seam import Sender
from notifier.events import NewMail


class Speaker:
    """Says what was decided. For one thread."""

    def __init__(self, sender: Sender, *, run: Callable[[Sequence[str], NewMail], None] = run_command) -> None:
        self._sender = sender
        self._run = run
        self._commanded: frozenset[int] = frozenset()

    def say(self, what: Say, commands: Mapping[str, Sequence[str]] | None = None) -> None:
        """Runs each account's command once for the mail it tells of, then shows the alert.

        The command may be the user's own way to be told, so it does not wait for a notification service. Raises
        NotDelivered: then the dues stay due, but their commands were run and are not run again for them.
        """
        if not self._commanded.issuperset(what.ids):
            self._commanded |= set(what.ids)
            for mail in what.arrived:
                self._run((commands or {}).get(mail.account, ()), mail)
        self._sender.send(what.alert)
        self._commanded -= set(what.ids)
