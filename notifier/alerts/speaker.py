"""Carrying a decision out: the alert to the sender, the sound, and the user's own commands on new mail."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

from notifier.alerts import sound
from notifier.alerts.calm import Say
from notifier.alerts.senders.seam import Sender
from notifier.events import NewMail
from notifier.system.launch import run_bounded
from notifier.untrusted import clean

log = logging.getLogger(__name__)

COMMAND_LIMIT = 30.0  # seconds a user's command may run


class Speaker:
    """Says what was decided. For one thread."""

    def __init__(self, sender: Sender, *, play: Callable[[], bool] = sound.play) -> None:
        self.sender = sender
        self._play = play
        self._commanded: frozenset[int] = frozenset()

    def say(self, what: Say, commands: Mapping[str, Sequence[str]] | None = None) -> None:
        """Shows the alert, plays its sound, runs each account's command once for the mail it tells of.

        Raises NotDelivered: then the dues stay due, but their commands were run and are not run again for them.
        """
        self._run_commands(what, commands or {})
        self.sender.send(what.alert)
        self._commanded -= set(what.ids)
        if what.alert.sound and not self.sender.abilities.sound:
            self._play()

    def _run_commands(self, what: Say, commands: Mapping[str, Sequence[str]]) -> None:
        if self._commanded.issuperset(what.ids):
            return
        self._commanded |= set(what.ids)
        for mail in what.arrived:
            command = commands.get(mail.account, ())
            if command:
                run_command(command, mail)


def run_command(command: Sequence[str], mail: NewMail) -> None:
    """Runs a user's command on new mail; the facts are in its environment. Never raises: what fails is logged."""
    try:
        run_bounded(command, COMMAND_LIMIT, facts(mail))
    except (OSError, ValueError) as error:  # ValueError: a zero character in an argument
        log.warning("the command of %s cannot be run: %s", clean(mail.account), error)


def facts(mail: NewMail) -> dict[str, str]:
    """What a user's command is told."""
    return {
        "NOTIFIER_ACCOUNT": clean(mail.account),
        "NOTIFIER_NEW": str(mail.new),
        "NOTIFIER_UNSEEN": str(mail.unseen),
        "NOTIFIER_COUNT": str(mail.count),
    }
