"""The menu as plain values, made by one pure function: a backend only draws it, and every rule here can be tested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from notifier.tray import actions as do
from notifier.tray.wording import account_details, account_line, outbox_line, pause_line, state_line
from notifier.words import _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from notifier.overview import AccountState, Overview

ACCOUNTS_SHOWN = 12  # more lines than this would run off a small screen; the rest fold into one submenu


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the menu. `checked` None: no check box; `default`: what a click on the icon does, shown in bold."""

    label: str = ""
    action: do.Action | None = None
    enabled: bool = True
    checked: bool | None = None
    default: bool = False
    children: tuple[Item, ...] = ()
    separator: bool = False


@dataclass(frozen=True, slots=True)
class Options:
    """What the menu depends on beside the overview.

    `start_at_login` None: this system has no such thing. `on_click` as in the settings: "menu", "check", "compose"
    or "mail-program".
    """

    start_at_login: bool | None = None
    on_click: str = "menu"


SEPARATOR = Item(separator=True)


def menu(overview: Overview, now: float, options: Options = Options()) -> tuple[Item, ...]:
    """The whole menu for `overview` at the POSIX time `now`; equal input, equal value: `==` finds changes."""
    groups = (
        _accounts(overview, now),
        _everyday(overview, options),
        _pause(overview, now),
        _settings(overview, options),
        (Item(_("Quit"), do.Quit()),),
    )
    return tuple(_joined(groups))


def _joined(groups: tuple[tuple[Item, ...], ...]) -> Iterator[Item]:
    for number, group in enumerate(g for g in groups if g):
        if number:
            yield SEPARATOR
        yield from group


def _said(line: str) -> Item:
    """A line that only informs."""
    return Item(line, enabled=False)


def _accounts(overview: Overview, now: float) -> tuple[Item, ...]:
    lines = [_said(line) for line in [state_line(overview, now)] if line and overview.paused_until is None]
    if not overview.accounts:
        return (*lines, Item(_("Add an account…"), do.Setup()))
    accounts = [_account(account, now) for account in overview.accounts]
    shown, folded = accounts[:ACCOUNTS_SHOWN], accounts[ACCOUNTS_SHOWN:]
    more = [Item(_("More accounts"), children=tuple(folded))] if folded else []
    return (*lines, *shown, *more)


def _account(account: AccountState, now: float) -> Item:
    details = tuple(_said(line) for line in account_details(account, now))
    name = account.name
    return Item(
        account_line(account, now),
        children=(
            *details,
            *((SEPARATOR,) if details else ()),
            Item(_("Check now"), do.CheckNow(name)),
            Item(_("Mark as seen"), do.MarkSeen(name), enabled=account.unseen > 0),
            Item(_("Open mail"), do.OpenMail(name)),
            Item(_("Mailbox history…"), do.History(name)),
            Item(_("Mute"), do.Mute(name, not account.muted), checked=account.muted),
        ),
    )


def _everyday(overview: Overview, options: Options) -> tuple[Item, ...]:
    if not overview.accounts:
        return ()
    waiting = outbox_line(overview)
    return (
        Item(_("Open mail"), do.OpenMail(), default=options.on_click == "mail-program"),
        Item(_("Write a mail…"), do.Compose(), default=options.on_click == "compose"),
        *((Item(_("Outbox: {waiting}…").format(waiting=waiting), do.Outbox()),) if waiting else ()),
        Item(_("Check now"), do.CheckNow(), default=options.on_click == "check"),
        Item(_("Mark all as seen"), do.MarkSeen(), enabled=any(a.unseen for a in overview.accounts)),
    )


def _pause(overview: Overview, now: float) -> tuple[Item, ...]:
    if overview.paused_until is not None:
        return (_said(pause_line(overview.paused_until, now)), Item(_("Resume"), do.Resume()))
    kinds = (
        (_("For 1 hour"), do.PauseKind.HOUR),
        (_("Until tomorrow"), do.PauseKind.TOMORROW),
        (_("Until resumed"), do.PauseKind.RESUMED),
    )
    return (Item(_("Pause"), children=tuple(Item(label, do.Pause(kind)) for label, kind in kinds)),)


def _settings(overview: Overview, options: Options) -> tuple[Item, ...]:
    at_login = options.start_at_login
    return (
        *((Item(_("Mailbox history…"), do.History()),) if overview.accounts else ()),
        Item(_("Accounts…"), do.Setup()),
        *(() if at_login is None else (Item(_("Start at login"), do.StartAtLogin(not at_login), checked=at_login),)),
    )
