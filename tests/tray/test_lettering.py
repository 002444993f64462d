"""The menu on bare X11: lines in their places, what the pointer and the keys reach."""

from __future__ import annotations

import pytest

from notifier.tray import CheckNow, Item, MarkSeen, Quit
from notifier.tray.xembed.lettering import EDGE, ROW, RULE, WIDEST, draw, draw_note, lay_out

ITEMS = (
    Item("Only said", enabled=False),
    Item("Check now", CheckNow(), default=True),
    Item(separator=True),
    Item("Mark", MarkSeen(), checked=True),
    Item("Quit", Quit(), enabled=False),
)


def test_rows_follow_each_other() -> None:
    layout = lay_out(ITEMS)
    assert layout.height == 4 * ROW + RULE + 2 * EDGE
    tops = [row.top for row in layout.rows]
    assert tops == [EDGE, EDGE + ROW, EDGE + 2 * ROW, EDGE + 2 * ROW + RULE, EDGE + 3 * ROW + RULE]


@pytest.mark.parametrize(
    ("y", "row"), [(0, None), (EDGE + 2, None), (EDGE + ROW, 1), (EDGE + 2 * ROW + 3, None), (999, None)]
)
def test_row_at(y: int, row: int | None) -> None:
    assert lay_out(ITEMS).row_at(y) == row


def test_keys_skip_what_cannot_be_chosen() -> None:
    layout = lay_out(ITEMS)
    assert [layout.next_row(None, 1), layout.next_row(1, 1), layout.next_row(3, 1)] == [1, 3, 1]
    assert [layout.next_row(None, -1), layout.next_row(1, -1)] == [3, 3]
    assert lay_out(ITEMS[:1]).next_row(None, 1) is None


def test_marked_line_looks_different() -> None:
    layout = lay_out(ITEMS)
    assert draw(layout, None).tobytes() != draw(layout, 1).tobytes()
    assert draw(layout, 1).size == (layout.width, layout.height)


def test_long_names_do_not_leave_the_screen() -> None:
    assert lay_out((Item("W" * 400, CheckNow()),)).width == WIDEST
    assert draw_note("Title\n" + "W" * 400).width <= 2 * WIDEST
