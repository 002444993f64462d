"""A user's own command on new mail: an argument list, never a shell; the facts are in its environment."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from notifier.events import NewMail
from notifier.system.launch import run_bounded
from notifier.untrusted import clean

log = logging.getLogger(__name__)

LIMIT = 30.0  # seconds it may run; then it is ended with all that it started


def run_command(command: Sequence[str], mail: NewMail) -> None:
    """Starts `command` and returns at once. Never raises: what fails is logged. No command is nothing to do."""
    if not command:
        return
    try:
        run_bounded(command, LIMIT, facts(mail))
    except (OSError, ValueError) as error:  # ValueError: a zero character in an argument
        log.warning("the command of %s cannot be run: %s", clean(mail.account), error)


def facts(mail: NewMail) -> dict[str, str]:
    """What the command is told."""
    return {
        "NOTIFIER_ACCOUNT": clean(mail.account),
        "NOTIFIER_NEW": str(mail.new),
        "NOTIFIER_UNSEEN": str(mail.unseen),
        "NOTIFIER_COUNT": str(mail.count),
    }
