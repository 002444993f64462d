"""When a failure is tried again, and when it has lasted long enough to be said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.errors import Kind, Reason, Trouble
from notifier.watch import backoff
from notifier.watch.backoff import Failing, failed, retry_at, to_say

TEN_MINUTES = 600.0


def run(reason: Reason, times: list[float]) -> Failing:
    failing = None
    for now in times:
        failing = failed(failing, reason, now)
    assert failing is not None
    return failing


@pytest.mark.parametrize(
    "reason", [Reason.WRONG_PASSWORD, Reason.POP_SWITCHED_OFF, Reason.PASSWORD_MISSING, Reason.PLAINTEXT_REFUSED]
)
def test_what_only_the_user_can_change_stops_the_checks_and_is_said_at_once(reason: Reason) -> None:
    failing = run(reason, [0])
    assert retry_at(failing, 0, TEN_MINUTES) is None
    assert to_say(failing, 0)


def test_a_locked_password_store_is_waited_for() -> None:
    failing = run(Reason.STORE_LOCKED, [0])
    assert retry_at(failing, 0, TEN_MINUTES) == 20
    assert not to_say(failing, 0)


def test_a_network_hiccup_is_silent_until_it_lasts() -> None:
    assert not to_say(run(Reason.CONNECTION_REFUSED, [0, 30, 90]), 90)
    assert to_say(run(Reason.CONNECTION_REFUSED, [0, 30, 1800]), 1800)


def test_offline_is_no_alert_for_a_day() -> None:
    lasting = run(Reason.UNREACHABLE, [0, 30, 90, 7200])
    assert to_say(lasting, 7200)
    assert not to_say(lasting, 7200, offline=True)
    assert to_say(lasting, 86400, offline=True)


def test_a_trouble_is_said_once_and_another_kind_anew() -> None:
    failing = backoff.announced(run(Reason.TIMED_OUT, [0, 30, 1800]))
    assert not to_say(failed(failing, Reason.UNREACHABLE, 3600), 3600)
    assert to_say(failed(failing, Reason.WRONG_PASSWORD, 3600), 3600)


def test_a_server_that_names_a_wait_is_obeyed() -> None:
    assert retry_at(run(Reason.TOO_SOON, [0]), 0, 60, wait=5000) == 5000


@given(st.sampled_from(Reason), st.integers(1, 5000), st.floats(60, 86400), st.floats(0, 10**6) | st.none())
def test_a_retry_lies_in_the_future_and_not_for_ever_away(
    reason: Reason, count: int, interval: float, wait: float | None
) -> None:
    at = retry_at(Failing(0, count, reason), 1000, interval, wait)
    if at is None:
        assert Trouble(reason).kind in {Kind.AUTH, Kind.CONFIG}
    else:
        assert 1020 <= at <= 1000 + max(interval, 6 * 3600, wait or 0)
