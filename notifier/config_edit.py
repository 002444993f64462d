"""Changes to config.toml that keep the user's comments, order and layout; imported only when something changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Table

from notifier.config import Account, QuietHours, Server, SettingsError, load
from notifier.private import write_private

HEADING = "Notifier's settings. Every key is explained in the README; passwords never stand here."


def put_account(path: Path, account: Account, old_name: str | None = None) -> None:
    """Adds `account`, or writes it over the one called `old_name` (or its own name). Raises SettingsError, OSError."""

    def change(document: tomlkit.TOMLDocument) -> None:
        accounts = _accounts(document)
        place = _find(accounts, old_name or account.name)
        table = accounts[place] if place is not None else tomlkit.table()
        _fill(table, account_values(account))
        if place is None:
            accounts.append(table)

    _edit(path, change)


def remove_account(path: Path, name: str) -> None:
    def change(document: tomlkit.TOMLDocument) -> None:
        accounts = _accounts(document)
        place = _find(accounts, name)
        if place is not None:
            del accounts[place]

    _edit(path, change)


def reorder(path: Path, names: Sequence[str]) -> None:
    """Puts the accounts into the order of `names`; those not named stay behind them."""

    def change(document: tomlkit.TOMLDocument) -> None:
        tables = list(_accounts(document))
        rank = {name: n for n, name in enumerate(names)}
        tables.sort(key=lambda t: rank.get(str(t.get("name")), len(rank)))
        document.remove("account")
        fresh = tomlkit.aot()
        for table in tables:
            fresh.append(table)
        document["account"] = fresh

    _edit(path, change)


def set_account(path: Path, name: str, **values: Any) -> None:
    """Sets single keys of an account, as they stand in the file (`muted=True`)."""

    def change(document: tomlkit.TOMLDocument) -> None:
        accounts = _accounts(document)
        place = _find(accounts, name)
        if place is not None:
            _fill(accounts[place], values)

    _edit(path, change)


def set_general(path: Path, **values: Any) -> None:
    """Sets keys of [general], as they stand in the file (`interval="10 min"`)."""

    def change(document: tomlkit.TOMLDocument) -> None:
        if "general" not in document:
            document["general"] = tomlkit.table()
        _fill(document["general"], values)

    _edit(path, change)


def account_values(account: Account) -> dict[str, Any]:
    """An account as the keys of its section; None for a key that is to be absent."""
    return {
        "name": account.name,
        "address": account.address or None,
        "full_name": account.full_name or None,
        "mailbox_limit": size_text(account.mailbox_limit) if account.mailbox_limit else None,
        "warn_at": list(account.warn_at),
        "keep_on_server": keep_text(account.keep_on_server),
        "interval": span_text(account.interval) if account.interval else None,
        "muted": account.muted or None,
        "sound": account.sound or None,
        "command": list(account.command) or None,
        "pop3": server_values(account.pop3),
        "smtp": _smtp_values(account.smtp),
    }


def server_values(server: Server) -> dict[str, Any]:
    return {
        "host": server.host,
        "port": server.port,
        "security": server.security,
        "user": server.user,
        "auth": server.auth if server.auth != "auto" else None,
        "password_command": server.password_command or None,
        "ca_file": server.ca_file or None,
        "allow_plaintext": server.allow_plaintext or None,
    }


def _smtp_values(servers: tuple[Server, ...]) -> dict[str, Any] | list[dict[str, Any]] | None:
    if len(servers) == 1:
        return server_values(servers[0])
    return [server_values(s) for s in servers] or None


def size_text(octets: int) -> str:
    """A size that reads back as exactly the same octets, in the largest unit that divides it."""
    for unit, factor in (
        ("TB", 10**12),
        ("GB", 10**9),
        ("GiB", 2**30),
        ("MB", 10**6),
        ("MiB", 2**20),
        ("kB", 10**3),
    ):
        if octets % factor == 0:
            return f"{octets // factor} {unit}"
    return f"{octets} B"


def span_text(seconds: int) -> str:
    if seconds % 3600 == 0:
        return f"{seconds // 3600} h"
    return f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds} s"


def keep_text(days: int | None) -> str:
    if days is None:
        return "always"
    return f"{days} days" if days else "never"


def quiet_text(quiet: QuietHours | None) -> str:
    if quiet is None:
        return ""
    return f"{quiet.start // 60:02}:{quiet.start % 60:02}-{quiet.end // 60:02}:{quiet.end % 60:02}"


def _accounts(document: tomlkit.TOMLDocument) -> AoT:
    if "account" not in document:
        document["account"] = tomlkit.aot()
    accounts = document["account"]
    assert isinstance(accounts, AoT)  # noqa: S101 - `load` has refused anything else before
    return accounts


def _find(accounts: AoT, name: str) -> int | None:
    return next((n for n, a in enumerate(accounts) if a.get("name") == name), None)


def _fill(table: Any, values: dict[str, Any]) -> None:
    """Writes `values` into `table`, touching only what differs, so that comments behind unchanged lines stay."""
    for key, value in values.items():
        if value is None:
            if key in table:
                del table[key]
        elif isinstance(value, dict):
            if not isinstance(table.get(key), Table):
                table[key] = tomlkit.table()
            _fill(table[key], value)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            table[key] = _tables(value)
        elif key not in table or table[key] != value:
            table[key] = value


def _tables(values: list[dict[str, Any]]) -> AoT:
    several = tomlkit.aot()
    for value in values:
        table = tomlkit.table()
        _fill(table, value)
        several.append(table)
    return several


def _edit(path: Path, change: Callable[[tomlkit.TOMLDocument], None]) -> None:
    """Reads, changes, writes; then reads back, so that a change that would not load is refused and undone."""
    before = path.read_text("utf-8-sig") if path.exists() else None
    if before is not None:
        load(path)  # a file with faults is the user's to mend first: editing around them could lose something
    document = tomlkit.parse(before) if before is not None else tomlkit.document()
    if before is None:
        document.add(tomlkit.comment(HEADING))
        document.add(tomlkit.nl())
    try:
        change(document)
        text = tomlkit.dumps(document)
    except TOMLKitError as error:
        raise SettingsError(path, [f"cannot be changed: {error}"]) from error
    write_private(path, text)
    try:
        load(path)
    except SettingsError:
        if before is None:
            path.unlink()
        else:
            write_private(path, before)
        raise
