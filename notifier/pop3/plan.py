"""What a session is to do, and what it found; plain values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from notifier.config import Server
from notifier.mailbox.snapshot import Known, Snapshot
from notifier.pop3.capabilities import Capabilities
from notifier.servers.secret import Secret


@dataclass(frozen=True, slots=True)
class Look:
    """What one session found. `login_delay` in seconds and `expire` in days, where the server announces them."""

    snapshot: Snapshot
    capabilities: Capabilities
    login_delay: int | None = None
    expire: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a session for a person who watches it (`doctor`, the set-up's test)."""

    name: str  # name connection tls greeting capabilities login count ids
    detail: str = ""


OnStep = Callable[[Step], None]


def _nobody(_step: Step) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Plan:
    """What a session is to do. `remembered` spares asking for the abilities; `full` asks for the whole list."""

    server: Server
    secret: Secret
    known: Known | None = None
    remembered: Capabilities | None = None
    full: bool = False
    on_step: OnStep = _nobody
