"""Helpers of the tests that send: settings for a server on loopback, and one call that submits and sends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from notifier.config import Account, Server, Settings
from notifier.outgoing.addresses import check
from notifier.outgoing.draft import Draft
from notifier.outgoing.mail import Mail
from notifier.outgoing.outbox import Outbox
from notifier.outgoing.sending import send_due
from notifier.servers.secret import Secret

NOW = 1_800_000_000.0
POP3 = Server("pop.example.org", 995)


def server(
    port: int, *, security: str = "none", ca: Path | None = None, user: str = "me", auth: str = "auto"
) -> Server:
    return Server("localhost", port, security, user, auth, ca_file=str(ca) if ca else "")


def settings(*servers: Server) -> Settings:
    return Settings(accounts=(Account("Work", "me@example.org", POP3, smtp=servers),))


def secret_for(_account: Account, _server: Server) -> Secret:
    return Secret("correct horse")


def submit(box: Outbox, draft: Draft | None = None, *, now: float = NOW) -> int:
    draft = draft or Draft(account="Work", to="a@x.org", subject="Hello", text="One\n.two\n\n.\nfour")
    return box.submit(draft, check("me@example.org"), now=now, date=datetime.fromtimestamp(now, UTC))


def send(
    box: Outbox,
    *servers: Server,
    now: float = NOW,
    secret: Callable[[Account, Server], Secret] = secret_for,
    mail: int | None = None,
) -> Mail:
    """Sends what is due at `now` and returns the mail (the last one in the outbox)."""
    send_due(box, settings(*servers), secret, clock=lambda: now, mail=mail)
    found = box.get(max(m.id for m in [*box.mails(), *box.mails("sent")]))
    assert found is not None
    return found
