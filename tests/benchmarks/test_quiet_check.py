"""The claims of the README about a quiet check, as ratios against fetchmail in the same run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.pop3_quiet_check import measure, table


@pytest.mark.live
def test_a_quiet_check_is_short_and_does_not_grow_with_the_mailbox(tmp_path: Path) -> None:
    rows = measure(tmp_path, (10, 2000), settling=0)
    print(table(rows))
    small, other_small, large, other_large = rows
    for us, them in ((small, other_small), (large, other_large)):
        assert us.round_trips <= 5 < them.round_trips
        assert us.seconds < them.seconds
    assert large.down < small.down * 1.1
    assert other_large.down > large.down * 5
