"""What the status window says, from the report that `notifier status --json` prints."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.overview import AccountState, Overview, TroubleNote
from notifier.watch.report import status_facts
from notifier.windows.status_values import overview_of, page_of

NOW = 1_700_000_000.0
WORK = AccountState("Work", 41, 412_000_000, 3, 500_000_000, 82.4, "warning", NOW, NOW + 600, forecast="full in 9 days")
TROUBLE = TroubleNote("auth", "The server said no.", None, NOW - 60)


def page(*accounts: AccountState, **more: object):  # type: ignore[no-untyped-def]
    overview = replace(Overview(accounts), **more)  # type: ignore[arg-type]
    return page_of(json.loads(json.dumps(status_facts(overview, {}))), NOW)


def test_nobody_answers() -> None:
    nobody = page_of(None, NOW)
    assert (nobody.running, nobody.title) == (False, "Notifier is not running")


def test_an_account_with_everything() -> None:
    shown = page(WORK)
    (card,) = shown.cards
    assert shown.title == "3 unseen messages" and shown.unseen
    assert (card.name, card.badge) == ("Work", "3 unseen")
    assert card.facts == "41 messages, 412 MB of 500 MB (at least 82 %)"
    assert card.share == pytest.approx(0.824) and not card.narrow
    assert card.forecast == "full in 9 days"
    assert card.times.startswith("Checked at ") and ", next at " in card.times
    assert card.trouble == ""


@pytest.mark.parametrize(
    ("account", "facts", "times"),
    [
        (AccountState("A"), "Not checked yet", ""),
        (AccountState("A", trouble=TROUBLE), "", ""),
        (AccountState("A", 2, 9000, checking=True), "2 messages, 9 kB", "Checking now…"),
        (replace(WORK, percent=104.0, level="full"), "41 messages, 412 MB of 500 MB (full)", None),
    ],
)
def test_lines(account: AccountState, facts: str, times: str | None) -> None:
    (card,) = page(account).cards
    assert card.facts == facts
    assert times is None or card.times == times


def test_more_than_full_is_a_full_bar() -> None:
    (card,) = page(replace(WORK, percent=140.0, level="full")).cards
    assert card.share == 1.0 and card.narrow


def test_trouble_pause_and_outbox() -> None:
    shown = page(replace(WORK, trouble=TROUBLE, muted=True), paused_until=float("inf"), waiting_mails=2)
    assert shown.cards[0].trouble == "The server said no."
    assert shown.cards[0].badge == "3 unseen, muted"
    assert shown.paused and shown.unseen
    assert shown.note == "Paused until you resume"
    assert "2 mails wait" in shown.outbox


def test_the_title_claims_no_more_than_is_known() -> None:
    failing = replace(WORK, name="Home", unseen=0, trouble=TROUBLE)
    assert page(replace(WORK, muted=True)).title == "No unseen mail"  # muted mail is not counted, but can be marked
    assert page(replace(WORK, unseen=0), failing).title == "No unseen mail"
    assert page(failing).title == "The account cannot be checked now"
    assert page(failing, replace(failing, name="Work")).title == "No account can be checked now"
    assert page(AccountState("Work")).title == "Not checked yet"
    assert page(WORK, failing).title == "3 unseen messages"


def test_a_server_cannot_write_more_than_a_line_or_two() -> None:
    (card,) = page(replace(WORK, name="x" * 500, trouble=replace(TROUBLE, message="a\x1b[31m\n" * 900))).cards
    assert len(card.name) <= 40 and len(card.trouble) <= 400
    assert "\x1b" not in card.trouble


states = st.builds(
    AccountState,
    name=st.text(min_size=1, max_size=20),
    count=st.integers(0, 10**6),
    octets=st.integers(0, 10**12),
    unseen=st.integers(0, 10**6),
    checked_at=st.none() | st.floats(0, 4e9),
    next_check=st.none() | st.floats(0, 4e9),
    checking=st.booleans(),
    muted=st.booleans(),
    forecast=st.text(max_size=30),
    trouble=st.none()
    | st.builds(TroubleNote, kind=st.just("tls"), message=st.text(), retry_at=st.none(), since=st.just(1.0)),
)


@given(st.lists(states, max_size=4), st.sampled_from([None, 1e9, float("inf")]), st.booleans())
def test_the_report_holds_all_of_the_overview(
    accounts: list[AccountState], paused: float | None, offline: bool
) -> None:
    overview = Overview(tuple(accounts), paused, offline=offline, waiting_mails=1, uncertain_mails=2, note="n")
    assert overview_of(json.loads(json.dumps(status_facts(overview, {})))) == overview
