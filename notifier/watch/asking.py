"""Asking a server: one POP3 session, in this process or in a child that takes TLS and its memory away with it.

As a program (`python -m notifier.watch.asking`) it is that child: the question on its stdin, the answer on its stdout.
TLS alone costs some five megabytes that a tray would hold all day for a second's use; a child costs a tenth of a second
of processor time per check. Short-lived processes and the demo ask `here`.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from notifier.config import Server
from notifier.errors import Reason, Trouble
from notifier.mailbox.snapshot import Known, Snapshot
from notifier.servers.secret import Secret
from notifier.system import child

if TYPE_CHECKING:
    from notifier.config import Account
    from notifier.store import Memory

# The full list is fetched now and then even when the probes find nothing: they are proof only for servers that
# number their messages by arrival (measured: all real ones met so far).
LIST_AGAIN = 86400.0
CAPABILITIES_AGAIN = 7 * 86400.0
PATIENCE = 75.0  # seconds for a child: a session's own deadline of 60, and time to start on a busy computer

log = logging.getLogger(__name__)

SecretFor = Callable[["Account"], Secret]
Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """What a session told. `capabilities` as the store keeps them; `login_delay` in seconds, `expire` in days."""

    snapshot: Snapshot
    capabilities: Facts
    login_delay: int | None = None
    expire: int | None = None


Ask = Callable[["Account", "Memory", SecretFor, float], Found]
"""Runs in a worker thread; raises only Trouble."""


def here(account: Account, memory: Memory, secret_for: SecretFor, now: float) -> Found:
    """Asks in this process. Raises only Trouble."""
    return _found(_held(_question(account, memory, secret_for(account), now)))


def aside(account: Account, memory: Memory, secret_for: SecretFor, now: float) -> Found:
    """Asks in a child process, or here where none can be started. Raises only Trouble."""
    question = _question(account, memory, secret_for(account), now)
    try:
        answer = child.ask(__name__, question, PATIENCE)
    except child.ChildError as error:
        if error.late:
            raise Trouble(Reason.TIMED_OUT, host=account.pop3.host) from None
        log.warning("%s is asked in this process: %s", account.name, " ".join(error.args))
        answer = _held(question)
    if "trouble" in answer:
        reason, *rest = answer["trouble"]
        raise Trouble(Reason(reason), **dict(zip(("host", "said", "wait"), rest, strict=True)))
    return _found(answer)


# --- the question and the answer, as plain JSON ------------------------------------------------------------------


def _question(account: Account, memory: Memory, secret: Secret, now: float) -> Facts:
    known = memory.known
    return {
        "server": asdict(account.pop3),
        "secret": secret.reveal(),
        "known": (known.count, known.octets, known.uids) if known else None,
        "remembered": _remembered(memory, now),
        "full": memory.listed_at is None or now - memory.listed_at > LIST_AGAIN,
        "verbose": log.isEnabledFor(logging.DEBUG),
    }


def _remembered(memory: Memory, now: float) -> Facts | None:
    facts = memory.notes.get("capabilities")
    return facts["list"] if facts and now - facts.get("at", 0.0) <= CAPABILITIES_AGAIN else None


def _found(answer: Facts) -> Found:
    count, octets, uids, kept = answer["snapshot"]
    snapshot = Snapshot(count, octets, None if uids is None else tuple(uids), kept)
    return Found(snapshot, answer["capabilities"], answer["login_delay"], answer["expire"])


# --- the session -------------------------------------------------------------------------------------------------


def _held(question: Facts) -> Facts:
    """Holds the session. Raises only Trouble."""
    from notifier import pop3

    remembered, known = question["remembered"], question["known"]
    look = pop3.look(
        Server(**question["server"]),
        Secret(question["secret"]),
        known=Known(known[0], known[1], None if known[2] is None else tuple(known[2])) if known else None,
        remembered=pop3.Capabilities.from_facts(remembered) if remembered is not None else None,
        full=question["full"],
    )
    seen = look.snapshot
    return {
        "snapshot": (seen.count, seen.octets, seen.uids, seen.kept),
        "capabilities": look.capabilities.to_facts(),
        "login_delay": look.login_delay,
        "expire": look.expire,
    }


def _answered(question: Facts) -> Facts:
    """The child's side."""
    if question["verbose"]:
        logging.basicConfig(level=logging.DEBUG, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        return _held(question)
    except Trouble as trouble:
        return {"trouble": (str(trouble.reason), trouble.host, trouble.said, trouble.wait)}


if __name__ == "__main__":
    sys.exit(child.serve(_answered))
