"""Asking a POP3 server how much mail there is and which messages they are; nothing else is possible here."""

from __future__ import annotations

from notifier.config import Server
from notifier.mailbox.snapshot import Known
from notifier.pop3.capabilities import Capabilities
from notifier.pop3.commands import Verb
from notifier.pop3.connection import SESSION_SECONDS, Session
from notifier.pop3.plan import Look, OnStep, Plan, Step
from notifier.servers.secret import Secret

__all__ = ["Capabilities", "Look", "OnStep", "Plan", "Session", "Step", "Verb", "look"]


def look(
    server: Server,
    secret: Secret,
    *,
    known: Known | None = None,
    remembered: Capabilities | None = None,
    full: bool = False,
    deadline: float = SESSION_SECONDS,
    on_step: OnStep | None = None,
) -> Look:
    """One session with `server`: STAT and as much of UIDL as is needed. Raises only Trouble.

    `known` is what the last good look left; `remembered` the server's abilities then; `full` asks for the whole list
    in any case; `deadline` is in seconds and holds for everything together.
    """
    plan = Plan(server, secret, known, remembered, full, *([on_step] if on_step else []))
    return Session(server, deadline).run(plan)
