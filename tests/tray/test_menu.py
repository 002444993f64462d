"""The menu's lines and the tooltip's, as tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.overview import AccountState, Overview, TroubleNote
from notifier.tray import (
    CheckNow,
    Compose,
    History,
    Item,
    MarkSeen,
    Mute,
    OpenMail,
    Options,
    Outbox,
    Pause,
    PauseKind,
    Quit,
    Resume,
    Setup,
    StartAtLogin,
    menu,
    tooltip,
)
from notifier.tray.menu import ACCOUNTS_SHOWN
from notifier.tray.wording import account_line, clock

NOW = datetime(2026, 11, 23, 14, 30).astimezone().timestamp()
MINUTE, HOUR, DAY = 60, 3600, 86400
WORK = AccountState("Work", 41, 412_000_000, 3, 500_000_000, 82.4, "warning", NOW - 5 * MINUTE)
REFUSED = TroubleNote("auth", "pop.example.org did not accept the password.", NOW + 10 * MINUTE, NOW - 50 * MINUTE)


def lines(items: tuple[Item, ...]) -> list[str]:
    return ["---" if item.separator else item.label for item in items]


def every(items: tuple[Item, ...]) -> Iterator[Item]:
    for item in items:
        yield item
        yield from every(item.children)


def labelled(items: tuple[Item, ...], label: str) -> Item:
    return next(item for item in every(items) if item.label.startswith(label))


@pytest.mark.parametrize(
    ("account", "line"),
    [
        (AccountState("Work"), "Work: not checked yet"),
        (AccountState("Work", 0, 0), "Work: 0 messages"),
        (AccountState("Work", 1, 10), "Work: 1 message"),
        (WORK, "Work: 3 unseen, 41 messages, at least 82 % full"),
        (
            dataclasses.replace(WORK, forecast="full in about 9 days"),
            "Work: 3 unseen, 41 messages, at least 82 %, full in about 9 days",
        ),
        (dataclasses.replace(WORK, percent=103.0, level="full"), "Work: 3 unseen, 41 messages, full"),
        (dataclasses.replace(WORK, muted=True, percent=None), "Work: 3 unseen, 41 messages, muted"),
        (AccountState("Work", trouble=REFUSED), "Work: login refused since 13:40"),
        (
            AccountState("Work", 41, 1, trouble=dataclasses.replace(REFUSED, kind="network")),
            "Work: 41 messages, cannot be reached since 13:40",
        ),
        (AccountState("", 1, 1), "(no name): 1 message"),
    ],
)
def test_account_line(account: AccountState, line: str) -> None:
    assert account_line(account, NOW) == line


@pytest.mark.parametrize(
    ("offset", "text"),
    [(0, "14:30"), (-14 * HOUR, "00:30"), (-DAY, "Sun 14:30"), (DAY, "Tue 14:30"), (30 * DAY, "2026-12-23 14:30")],
)
def test_clock_names_another_day(offset: float, text: str) -> None:
    assert clock(NOW + offset, NOW) == text


def test_whole_menu() -> None:
    items = menu(Overview((WORK, AccountState("Home", 2, 9))), NOW, Options(start_at_login=True))
    assert lines(items) == [
        "Work: 3 unseen, 41 messages, at least 82 % full",
        "Home: 2 messages",
        "---",
        "Open mail",
        "Write a mail…",
        "Check now",
        "Mark all as seen",
        "---",
        "Pause",
        "---",
        "Mailbox history…",
        "Accounts…",
        "Start at login",
        "---",
        "Quit",
    ]
    assert [child.action for child in labelled(items, "Pause").children] == [
        Pause(PauseKind.HOUR),
        Pause(PauseKind.TOMORROW),
        Pause(PauseKind.RESUMED),
    ]
    assert labelled(items, "Start at login") == Item("Start at login", StartAtLogin(False), checked=True)
    actions = [item.action for item in items if item.action]
    assert actions == [OpenMail(), Compose(), CheckNow(), MarkSeen(), History(), Setup(), StartAtLogin(False), Quit()]


def test_account_submenu() -> None:
    children = menu(Overview((dataclasses.replace(WORK, forecast="full in about 9 days", trouble=REFUSED),)), NOW)[
        0
    ].children
    assert lines(children) == [
        "At least 412 of 500 MB, full in about 9 days",
        "Checked at 14:25",
        "pop.example.org did not accept the password.",
        "Tried again at 14:40",
        "---",
        "Check now",
        "Mark as seen",
        "Open mail",
        "Mailbox history…",
        "Mute",
    ]
    assert not any(item.enabled for item in children[:4])
    assert [item.action for item in children[5:]] == [
        CheckNow("Work"),
        MarkSeen("Work"),
        OpenMail("Work"),
        History("Work"),
        Mute("Work", True),
    ]
    assert children[-1].checked is False


def test_nothing_to_mark() -> None:
    items = menu(Overview((AccountState("Home", 2, 9),)), NOW)
    assert not labelled(items, "Mark all as seen").enabled
    assert not labelled(items, "Mark as seen").enabled


@pytest.mark.parametrize(
    ("until", "line"),
    [
        (NOW + HOUR, "Paused until 15:30"),
        (NOW + DAY, "Paused until Tue 14:30"),
        (float("inf"), "Paused until you resume"),
    ],
)
def test_paused(until: float, line: str) -> None:
    items = menu(Overview((WORK,), paused_until=until), NOW)
    assert lines(items).count(line) == 1
    assert labelled(items, "Resume").action == Resume()
    assert "Pause" not in lines(items)


@pytest.mark.parametrize(
    ("overview", "line"),
    [
        (Overview((WORK,), offline=True), "No network: checks go on when it is back"),
        (Overview((WORK,), quiet=True), "Quiet hours: nothing is announced"),
        (Overview((WORK,), note="The disk is full."), "The disk is full."),
    ],
)
def test_state_of_the_program_comes_first(overview: Overview, line: str) -> None:
    first = menu(overview, NOW)[0]
    assert (first.label, first.enabled) == (line, False)


def test_outbox_only_when_something_waits() -> None:
    assert not [item for item in menu(Overview((WORK,)), NOW) if item.action == Outbox()]
    item = labelled(menu(Overview((WORK,), waiting_mails=2, uncertain_mails=1), NOW), "Outbox")
    assert item.label == "Outbox: 2 mails wait to be sent, 1 mail may not have been sent…"


def test_no_account_yet() -> None:
    items = menu(Overview(), NOW)
    assert lines(items) == ["Add an account…", "---", "Pause", "---", "Accounts…", "---", "Quit"]
    assert items[0].action == Setup()


@pytest.mark.parametrize(
    ("on_click", "label"), [("menu", None), ("check", "Check now"), ("compose", "Write"), ("mail-program", "Open mail")]
)
def test_default_line_is_what_a_click_does(on_click: str, label: str | None) -> None:
    defaults = [item for item in every(menu(Overview((WORK,)), NOW, Options(on_click=on_click))) if item.default]
    assert len(defaults) == (label is not None)
    assert all(item.label.startswith(label or "") for item in defaults)


def test_many_accounts_fold() -> None:
    accounts = tuple(AccountState(f"A{n}", n, n) for n in range(ACCOUNTS_SHOWN + 5))
    items = menu(Overview(accounts), NOW)
    assert lines(items)[ACCOUNTS_SHOWN] == "More accounts"
    assert len(items[ACCOUNTS_SHOWN].children) == 5


def test_checking_and_seconds_change_nothing() -> None:
    """An open menu must not close because a clock ticked or a check began."""
    busy = dataclasses.replace(WORK, checking=True, next_check=NOW + 99)
    assert menu(Overview((WORK,)), NOW) == menu(Overview((busy,)), NOW + 59)


@given(
    st.lists(
        st.builds(
            AccountState,
            st.text(max_size=300),
            st.none() | st.integers(0, 10**6),
            st.none() | st.integers(0, 10**12),
            st.integers(0, 10**6),
            trouble=st.none() | st.builds(TroubleNote, st.text(), st.text(max_size=2000), st.none(), st.just(NOW)),
        ),
        max_size=20,
    )
)
def test_labels_are_single_harmless_lines(accounts: list[AccountState]) -> None:
    """No name and no server's sentence gets controls, bidi tricks or endless lines into the menu."""
    overview = Overview(tuple(accounts))
    for item in every(menu(overview, NOW)):
        assert item.separator or item.label
        assert len(item.label) < 160
        assert item.label.isprintable() or "\u200c" in item.label or "\u200d" in item.label
        assert not set(item.label) & set("\u202a\u202b\u202d\u202e\u2066\u2067")
    assert len(tooltip(overview, NOW).split("\n")) == 1 + len(accounts)


def test_tooltip() -> None:
    overview = Overview((WORK, AccountState("Home", 2, 9)), waiting_mails=1, offline=True)
    assert tooltip(overview, NOW).split("\n") == [
        "Notifier: 3 unseen messages",
        "Work: 3 unseen, 41 messages, at least 82 % full",
        "Home: 2 messages",
        "No network: checks go on when it is back",
        "1 mail waits to be sent",
    ]
    assert tooltip(Overview(), NOW) == "Notifier: no account yet"
