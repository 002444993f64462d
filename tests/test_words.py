"""How figures are said: a size is never nothing when there is something."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.words import share, size

UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (0, "0 MB"), (12, "12 B"), (999, "999 B"), (1000, "1 kB"), (1500, "1.5 kB"), (99_000, "99 kB"),
        (99_600, "100 kB"), (412_000_000, "412 MB"), (999_600_000, "1 GB"), (1_234_000_000, "1.2 GB"),
        (-412_000_000, "-412 MB"),
    ],
)  # fmt: skip
def test_a_size_is_said_as_people_write_it(octets: int, said: str) -> None:
    assert size(octets) == said


@given(st.integers(1, 10**16))
def test_a_size_is_near_what_it_stands_for(octets: int) -> None:
    figure, unit = size(octets).split(" ")
    assert abs(float(figure) * UNITS[unit] - octets) <= 0.051 * octets


def test_a_share_names_its_unit_once() -> None:
    assert share(456e6, 500e6) == "456 of 500 MB"
    assert share(12, 500e6) == "12 B of 500 MB"
