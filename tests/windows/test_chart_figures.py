from __future__ import annotations

import csv
import io
from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifier.config import Account, Server
from notifier.mailbox.calibration import Calibration
from notifier.mailbox.forecast import forecast
from notifier.mailbox.history import Sample
from notifier.prospects import Prospects, fullest
from notifier.windows.chart_figures import RANGES, figures_of, words_at
from notifier.windows.chart_files import table
from tests.windows.histories import DAY, NOW, typical

SPANS = sorted(RANGES)


@pytest.mark.parametrize("kind", sorted(typical()))
@pytest.mark.parametrize("span", SPANS)
def test_every_picture_holds_what_was_seen(kind: str, span: str) -> None:
    found = typical()[kind]
    page = figures_of(found, span, UTC)
    assert page.begin < page.now <= page.end
    assert page.line[-1].octets == found.samples[-1].octets
    assert all(a.at <= b.at for a, b in zip(page.line, page.line[1:], strict=False))
    assert page.line[0].at >= page.begin or len(found.samples) < 3
    arrived = sum(s.arrived for s in found.samples[1:] if s.at >= page.bars[0].begin)
    assert page.holes or sum(b.arrived for b in page.bars) == arrived
    assert page.top > max(p.octets for p in page.line)


def test_the_future_is_shown_where_there_is_an_opinion() -> None:
    growing = figures_of(typical()["growing"], "all", UTC)
    assert growing.full_at is not None
    assert growing.now < growing.full_at < growing.end
    assert growing.fan[-1].at == pytest.approx(growing.end)
    assert figures_of(typical()["tidied"], "all", UTC).end == NOW
    assert figures_of(typical()["settling"], "month", UTC).forecast.startswith("settles at about 1")


def test_bars_are_days_then_weeks_and_know_no_summer_time() -> None:
    week = figures_of(typical()["growing"], "week", UTC)
    assert {b.end - b.begin for b in week.bars} == {DAY}
    assert {b.end - b.begin for b in figures_of(typical()["no-limit"], "all", UTC).bars} == {7 * DAY}


def test_a_time_in_which_nobody_looked_is_marked_and_spread() -> None:
    page = figures_of(typical()["hole"], "all", UTC)
    ((begin, end),) = page.holes
    assert 20 < (end - begin) / DAY < 22
    assert max(b.arrived for b in page.bars) < 20
    before, after = page.stretches()
    assert (before[-1].at, after[0].at) == (begin, end)
    assert not page.watched((begin + end) / 2)
    assert page.watched(end + DAY)
    assert words_at(page, (begin + end) / 2).endswith("not watched")
    assert words_at(page, end + DAY).endswith("new that day")


def test_mail_outside_the_inbox_lifts_everything() -> None:
    found = typical()["growing"]
    raised = Prospects(found.account, found.at, found.samples, found.ahead, Calibration(NOW, 500_000_000, 400_000_000))
    page, plain = figures_of(raised, "month", UTC), figures_of(found, "month", UTC)
    assert [p.octets - q.octets for p, q in zip(page.line, plain.line, strict=True)] == [100_000_000] * len(page.line)
    assert page.fan[0].octets.middle - plain.fan[0].octets.middle == pytest.approx(100_000_000)


def test_reading_values() -> None:
    page = figures_of(typical()["growing"], "month", UTC)
    assert page.at(page.begin - 1) is None
    assert page.at(page.now + 1) is None
    seen = page.at(page.now)
    assert seen is not None
    assert seen.octets == page.line[-1].octets
    bar = page.bar_at(page.now)
    assert bar is not None
    assert bar.begin <= page.now < bar.end


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(1, 20 * DAY), st.integers(0, 9), st.integers(0, 9 * 10**8)), max_size=40),
    st.sampled_from(SPANS),
    st.integers(-12, 14),
)
def test_no_history_breaks_the_picture(gaps: list[tuple[float, int, int]], span: str, hours: int) -> None:
    samples, at = [], NOW - 400 * DAY
    for gap, arrived, octets in gaps:
        at += gap
        samples.append(Sample(at, "check", arrived, octets, octets, arrived, 0, octets if arrived else 0, 0))
    account = Account("Any", "", Server("pop.example.org", 995, "tls", "ann"), mailbox_limit=10**8)
    now = max([NOW, *(s.at for s in samples)])
    page = figures_of(
        Prospects(account, now, tuple(samples), forecast(samples, 10**8, now)), span, timezone(timedelta(hours=hours))
    )
    assert page.begin < page.now <= page.end
    assert all(a.end == b.begin for a, b in zip(page.bars, page.bars[1:], strict=False))
    assert page.bars[-1].end > page.now
    assert tuple(p for piece in page.stretches() for p in piece) == page.line
    assert all(page.stretches())
    assert sum(b.arrived for b in page.bars) <= sum(s.arrived for s in samples)


def test_a_table_no_spreadsheet_calculates_with() -> None:
    found = typical()["young"]
    account = Account("=1+1, ann", "", found.account.pop3)
    rows = list(csv.reader(io.StringIO(table([Prospects(account, NOW, found.samples, found.ahead)]))))
    assert rows[0][:4] == ["account", "time", "messages", "octets"]
    assert rows[1][0] == "'=1+1, ann"
    assert len(rows) == 1 + len(found.samples)


def test_the_fullest_mailbox_is_shown_first() -> None:
    known = typical()
    assert fullest([known["no-limit"], known["growing"], known["full"], known["weekly"]]) == "Overflow"
    assert fullest([known["no-limit"]]) == "Old provider"
    assert fullest([]) == ""
