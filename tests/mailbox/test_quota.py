"""How full, and when to say so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.mailbox.quota import announce, level_of, quota_of

STEPS = (80, 90, 95)


@pytest.mark.parametrize(
    ("octets", "level"),
    [
        (0, "ok"),
        (79, "ok"),
        (80, "warning"),
        (90, "high"),
        (95, "critical"),
        (99, "critical"),
        (100, "full"),
        (140, "full"),
    ],
)
def test_levels(octets: int, level: str) -> None:
    quota = quota_of(octets, 100, STEPS)
    assert quota is not None
    assert quota.level == level


def test_no_percentage_is_invented_for_an_unknown_limit() -> None:
    assert quota_of(10**9, None, STEPS) is None


def test_one_or_two_steps_have_names_too() -> None:
    assert level_of(85, (85,)) == "warning"
    assert level_of(95, (85, 95)) == "critical"


def test_each_rising_step_is_said_once_and_wobbling_says_nothing() -> None:
    said, announced = [], 0
    for percent in (70, 80, 79, 81, 78, 90, 89, 91, 88, 96, 100, 99, 100):
        announced, step = announce(announced, percent, STEPS)
        said.append(step)
    assert [s for s in said if s] == [80, 90, 95, 100]


def test_a_real_fall_arms_the_step_again() -> None:
    announced, _ = announce(0, 92, STEPS)
    announced, _ = announce(announced, 86, STEPS)
    assert announce(announced, 90, STEPS) == (90, 90)


def test_a_jump_over_several_steps_says_the_highest_only() -> None:
    assert announce(0, 96, STEPS) == (95, 95)


@given(st.lists(st.floats(0, 150), max_size=60), st.sets(st.integers(1, 99), max_size=5).map(sorted))
def test_a_step_is_never_said_twice_without_a_fall_between(percents: list[float], steps: list[int]) -> None:
    announced = 0
    lowest_since: dict[int, float] = {}
    for percent in percents:
        announced, step = announce(announced, percent, steps)
        lowest_since = {said: min(lowest, percent) for said, lowest in lowest_since.items()}
        if step is not None:
            assert percent >= step
            assert lowest_since.get(step, -10.0) < step - 3
            lowest_since[step] = percent
