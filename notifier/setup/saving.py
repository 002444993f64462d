"""Keeping an account: its passwords first, then its settings, then the running program is told."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from notifier import config_edit
from notifier.config import Account, Server
from notifier.errors import NotifierError, Trouble
from notifier.places import Places
from notifier.servers.secret import Secret
from notifier.store import Store
from notifier.system import instance, passwords


@dataclass(frozen=True, slots=True)
class Entered:
    """What the user entered for a server: what is kept in the store, and what a login is done with now.

    They differ after a sign-in only: a refresh token is kept, an access token is used.
    """

    keep: Secret
    use: Secret

    @classmethod
    def password(cls, text: str) -> Entered:
        return cls(Secret(text), Secret(text))


def save(
    where: Places, account: Account, old: Account | None, entered: Mapping[Server, Entered], *, check: bool = True
) -> None:
    """Writes `account` over `old` (None: a new one). `entered` holds the passwords entered anew, by server.

    Raises Trouble (the store would not take a password; nothing is changed then), SettingsError, OSError.
    """
    if old is not None:
        with contextlib.suppress(Trouble):  # a store that is locked or gone keeps the old names; they are asked for
            passwords.rename(old, account)
    for server, one in entered.items():
        passwords.keep(account, server, one.keep)
    if old is not None and old.name != account.name:
        _remembered(where, lambda store: store.rename(old.name, account.name))
    config_edit.put_account(where.config, account, old.name if old else None)
    tell(where, account.name if check else None)


def secret_of(account: Account, server: Server, entered: Mapping[Server, Entered]) -> Secret:
    """What to log in to `server` with in a test: what was entered, else what is stored. Raises Trouble; may prompt."""
    if server in entered:
        return entered[server].use
    if account.pop3 in entered and passwords.shares_password(account, server):
        return entered[account.pop3].use
    return passwords.secret_for(account, server, interactive=True)


def remove(where: Places, account: Account) -> None:
    """Removes `account` with its passwords and its history. Raises SettingsError, OSError."""
    config_edit.remove_account(where.config, account.name)
    with contextlib.suppress(Trouble):
        passwords.forget(account)
    tell(where)
    _remembered(where, lambda store: store.forget(account.name))


def _remembered(where: Places, work: Callable[[Store], None]) -> None:
    """What is known of the mailbox goes with its name; where the state cannot be written, it is learned anew."""
    if not where.state.exists():
        return
    with contextlib.suppress(NotifierError):
        _changed(where, work)


def _changed(where: Places, work: Callable[[Store], None]) -> None:
    opened = contextlib.closing(Store(where.state, now=time.time()))
    with opened as store, store.transaction():
        work(store)


def reorder(where: Places, names: Sequence[str]) -> None:
    config_edit.reorder(where.config, names)
    tell(where)


def mute(where: Places, name: str, *, on: bool) -> None:
    config_edit.set_account(where.config, name, muted=True if on else None)
    tell(where)


def tell(where: Places, account: str | None = None) -> None:
    """Has a running program take the new settings, and check `account` at once."""
    if instance.tell(where.door, {"do": "reload"}) and account:
        instance.tell(where.door, {"do": "check", "accounts": [account]})
