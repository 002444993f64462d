"""Moving in and out: accounts from Thunderbird, settings to a file and back. No password ever comes along."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from notifier import config_edit
from notifier.config import Account, load
from notifier.places import Places
from notifier.private import write_where_told
from notifier.setup import saving, thunderbird
from notifier.setup.options import UseError
from notifier.words import _, ngettext


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of taking accounts over. `there`: those that were set up already."""

    added: tuple[Account, ...]
    there: tuple[Account, ...]


def take_over(where: Places, wanted: Iterable[Account]) -> Taken:
    """Adds the accounts that are not there yet; one with a name in use gets another. Raises SettingsError, OSError."""
    existing = list(load(where.config).accounts)
    added, there = [], []
    for account in wanted:
        if any(_same_mailbox(account, other) for other in existing):
            there.append(account)
            continue
        named = replace(account, name=_free_name(account.name, {a.name for a in existing}))
        config_edit.put_account(where.config, named)
        existing.append(named)
        added.append(named)
    if added:
        saving.tell(where)
    return Taken(tuple(added), tuple(there))


def _same_mailbox(one: Account, other: Account) -> bool:
    return (one.pop3.host.lower(), one.pop3.user) == (other.pop3.host.lower(), other.pop3.user)


def _free_name(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    return next(f"{name} {n}" for n in range(2, 10_000) if f"{name} {n}" not in taken)


def exported(where: Places) -> str:
    """The settings as they stand, comments and all: the file never holds a password. Raises SettingsError, OSError."""
    load(where.config)  # a file with faults is better mended first
    return where.config.read_text("utf-8-sig") if where.config.exists() else ""


def from_thunderbird(folder: str) -> list[Account]:
    """The accounts of the profile in `folder`, or of the default profile. Raises UseError, OSError."""
    if folder:
        return thunderbird.accounts(Path(folder).expanduser())
    found = thunderbird.profiles()
    if not found:
        raise UseError(_("No Thunderbird profile was found; name its folder (where prefs.js lies)."))
    return thunderbird.accounts(found[0].folder)


# --- the command -------------------------------------------------------------------------------------------------


def run(options: argparse.Namespace, where: Places) -> int:
    """`notifier setup` with --export, --import or --import-thunderbird. Raises UseError, SettingsError."""
    try:
        if options.export:
            return _export(options.export, where)
        if options.import_:
            source = Path(options.import_)
            if not source.is_file():
                raise UseError(_("There is no file {path}.").format(path=source))
            accounts: Iterable[Account] = load(source).accounts
        else:
            accounts = from_thunderbird(options.import_thunderbird)
        taken = take_over(where, accounts)
    except OSError as error:
        raise UseError(f"{error.filename}: {error.strerror}") from error
    sys.stdout.write(report(taken) + "\n")
    return 0 if taken.added or taken.there else 1


def _mailbox(account: Account) -> str:
    there = _("{user} at {host}") if account.pop3.user else "{host}"
    return there.format(user=account.pop3.user, host=account.pop3.host)


def report(taken: Taken) -> str:
    lines = [_("“{name}” ({mailbox}) was added.").format(name=a.name, mailbox=_mailbox(a)) for a in taken.added]
    lines += [_("“{name}” is there already.").format(name=a.name) for a in taken.there]
    without = [a.name for a in taken.added if not a.pop3.password_command]
    if without:
        lines.append(
            ngettext(
                "Its password did not come along: “notifier setup {name}” asks for it.",
                "Their passwords did not come along: “notifier setup” asks for them.",
                len(without),
            ).format(name=without[0])
        )
    return "\n".join(lines) or _("There is no POP3 account to take over.")


def _export(target: str, where: Places) -> int:
    text = exported(where)
    if target == "-":
        sys.stdout.write(text)
    else:
        write_where_told(Path(target), text)
    return 0
