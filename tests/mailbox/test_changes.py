"""What a look at a mailbox means: new, gone, returned, renumbered; and when the server contradicts itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.errors import Reason, Trouble
from notifier.mailbox.changes import compare
from notifier.mailbox.snapshot import Known, Snapshot


def known(*uids: str, size: int = 1000) -> Known:
    return Known(len(uids), size * len(uids), uids)


def look(*uids: str, size: int = 1000, kept: int = 0) -> Snapshot:
    return Snapshot(kept + len(uids), size * (kept + len(uids)), uids, kept)


def test_the_first_look_only_learns() -> None:
    changes = compare(None, look("a", "b"))
    assert (changes.first, changes.new, changes.arrived) == (True, 0, ("a", "b"))


@pytest.mark.parametrize(
    ("before", "after", "new", "gone"),
    [
        (known("a"), look("a", "b", "c"), ("b", "c"), 0),
        (known("a", "b"), look("b"), (), 1),
        (known("a", "b"), look("b", "c"), ("c",), 1),
        (known("a"), look("b", "a"), ("b",), 0),  # a server that lists the newest first
        (known("a", "a"), look("a", "a", "a"), ("a",), 0),  # repeated unique-ids: a multiset
        (known(), look("a"), ("a",), 0),
        (known("a"), look(), (), 1),
        (known("a", "b", "c"), look("d", "e", "f", size=700), ("d", "e", "f"), 3),  # three read, three came
    ],
)
def test_new_and_gone(before: Known, after: Snapshot, new: tuple[str, ...], gone: int) -> None:
    changes = compare(before, after)
    assert (changes.arrived, changes.new, changes.gone, changes.renumbered) == (new, len(new), gone, False)


def test_a_probed_prefix_stands_for_the_known_messages() -> None:
    changes = compare(known("a", "b"), look("c", kept=2))
    assert changes.uids == ("a", "b", "c")
    assert changes.arrived == ("c",)


def test_a_renumbered_mailbox_is_not_five_thousand_new_mails() -> None:
    before = known(*(f"old{n}" for n in range(5000)))
    changes = compare(before, look(*(f"new{n}" for n in range(5003))))
    assert changes.renumbered
    assert (changes.new, changes.gone) == (0, 0)


def test_a_mailbox_of_one_renumbered_to_the_octet_is_recognised() -> None:
    assert compare(known("a"), look("b")).renumbered


def test_a_mail_program_that_empties_the_mailbox_hides_no_new_mail() -> None:
    before = known(*"abcdef")
    assert compare(before, look(*"uvwxyz", size=1300)).new == 6


def test_ids_that_come_back_after_an_empty_list_are_not_new() -> None:
    changes = compare(known(), look("a", "b", "c"), departed_before={"a", "b"})
    assert (changes.arrived, changes.returned, changes.new) == (("c",), ("a", "b"), 1)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (known("a"), Snapshot(3, 10, ("b",), 1)),
        (None, Snapshot(1, 10, (), 0)),
        (known("a"), Snapshot(5, 10, ("b",), 4)),
        (None, Snapshot(2, 10, ("b",), 1)),
    ],
)
def test_list_and_count_that_disagree_are_trouble(before: Known | None, after: Snapshot) -> None:
    with pytest.raises(Trouble) as caught:
        compare(before, after)
    assert caught.value.reason is Reason.INCONSISTENT


def test_without_uidl_only_the_count_speaks() -> None:
    before = Known(3, 300, None)
    assert compare(before, Snapshot(5, 500, None)).new == 2
    assert compare(before, Snapshot(1, 100, None)).gone == 2


@pytest.mark.parametrize("counts_first", [True, False])
def test_a_server_that_gains_or_loses_uidl_is_learned_again_in_silence(counts_first: bool) -> None:
    listed, counted = look("a", "b"), Snapshot(2, 2000, None)
    before = Known(2, 2000, None) if counts_first else known("a", "b")
    changes = compare(before, listed if counts_first else counted)
    assert changes.new == 0


uid_lists = st.lists(st.sampled_from([f"u{n}" for n in range(12)]), max_size=14).map(tuple)


@given(uid_lists, uid_lists)
def test_arrived_and_departed_lead_from_before_to_after(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    changes = compare(known(*before), look(*after, size=900))
    assert sorted((*before, *changes.arrived)) == sorted((*after, *changes.departed))
    assert changes.uids == after


@given(st.lists(st.tuples(st.integers(0, 3), st.sets(st.integers(0, 40))), max_size=25))
def test_any_life_of_a_mailbox_announces_each_message_exactly_once(steps: list[tuple[int, set[int]]]) -> None:
    """Mail arrives at the end, any mail may leave at any time: the sum of what is announced is what arrived."""
    box: list[str] = []
    remembered: Known | None = None
    arrived = announced = number = 0
    for came, left in steps:
        box = [u for n, u in enumerate(box) if n not in left]
        box += [f"id{number + n}" for n in range(came)]
        number += came
        changes = compare(remembered, Snapshot(len(box), 100 * sum(int(u[2:]) + 1 for u in box), tuple(box)))
        if remembered is not None and not changes.renumbered:
            arrived += came
            announced += changes.new
        remembered = Known(changes.count, changes.octets, changes.uids)
        assert announced == arrived
