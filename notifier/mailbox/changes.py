"""A snapshot against what is known: which messages are new, which are gone, or whether all were renumbered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from notifier.errors import Reason, Trouble
from notifier.mailbox.snapshot import Known, Snapshot

# A server that moved house gives every message another unique-id (seen on Dovecot, Zimbra and after migrations).
# Below this number of known messages, "all gone and as many new" is something people do by hand.
RENUMBERED_FROM = 5
RENUMBERED_OVERLAP = 0.2
RENUMBERED_COUNT_DRIFT = 0.2
RENUMBERED_SIZE_DRIFT = 0.05  # of the average message: the same mail again, counted a little differently


@dataclass(frozen=True, slots=True)
class Changes:
    """What one good look changed. `arrived` and `departed` hold one entry a message, repeats allowed.

    `new` is how many are to be announced: none on a first look or after a renumbering, and never a message that was
    here before. `uids` is the whole list now, in the server's order; None where the server has no UIDL.
    """

    count: int
    octets: int
    uids: tuple[str, ...] | None
    arrived: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()
    departed: tuple[str, ...] = ()
    new: int = 0
    gone: int = 0
    first: bool = False
    renumbered: bool = False


def compare(known: Known | None, snapshot: Snapshot, departed_before: Collection[str] = ()) -> Changes:
    """The changes from `known` (None: never looked) to `snapshot`.

    `departed_before` are unique-ids that left lately: a server that lists nothing for an hour and then everything
    again has no new mail. Raises Trouble(INCONSISTENT) if list and count disagree, and then nothing is to be changed.
    """
    uids = whole_list(known, snapshot)
    if known is None:
        return Changes(snapshot.count, snapshot.octets, uids, arrived=uids or (), first=True)
    if uids is None or known.uids is None:
        return _by_count(known, snapshot, uids)
    arrived, departed = _difference(uids, known.uids), _difference(known.uids, uids)
    if _renumbered(known, snapshot, len(departed), len(arrived)):
        return Changes(
            snapshot.count, snapshot.octets, uids, arrived=arrived, departed=departed, gone=0, renumbered=True
        )
    returned, really_new = _split_returned(arrived, departed_before)
    return Changes(
        count=snapshot.count,
        octets=snapshot.octets,
        uids=uids,
        arrived=really_new,
        returned=returned,
        departed=departed,
        new=len(really_new),
        gone=len(departed),
    )


def whole_list(known: Known | None, snapshot: Snapshot) -> tuple[str, ...] | None:
    """All unique-ids now. Raises Trouble(INCONSISTENT) when the parts do not add up to the count."""
    if snapshot.uids is None:
        return None
    kept: tuple[str, ...] = ()
    if snapshot.kept:
        if known is None or known.uids is None or snapshot.kept > len(known.uids):
            raise Trouble(Reason.INCONSISTENT)
        kept = known.uids[: snapshot.kept]
    if len(kept) + len(snapshot.uids) != snapshot.count:
        raise Trouble(Reason.INCONSISTENT)
    return kept + snapshot.uids if kept else snapshot.uids


def _by_count(known: Known, snapshot: Snapshot, uids: tuple[str, ...] | None) -> Changes:
    """A server without UIDL: only the count speaks. Where UIDL came or went, this look only learns."""
    if uids is not None or known.uids is not None:
        return Changes(snapshot.count, snapshot.octets, uids, arrived=uids or (), departed=known.uids or ())
    rise = snapshot.count - known.count
    return Changes(snapshot.count, snapshot.octets, None, new=max(0, rise), gone=max(0, -rise))


def _difference(left: Sequence[str], right: Sequence[str]) -> tuple[str, ...]:
    """The entries of `left` that `right` has not (as often), in the order of `left`.

    A message is its unique-id and how often it was met before: servers with repeated ids exist (field notes).
    """
    if left == right:
        return ()
    spare = Counter(right)
    found = []
    for uid in left:
        if spare[uid]:
            spare[uid] -= 1
        else:
            found.append(uid)
    return tuple(found)


def _renumbered(known: Known, snapshot: Snapshot, departed: int, arrived: int) -> bool:
    if not departed or not arrived or known.count == 0:
        return False
    overlap = 1 - departed / known.count
    same_size = snapshot.count == known.count and snapshot.octets == known.octets
    if overlap == 0 and same_size:
        return True
    drift = abs(snapshot.count - known.count) / known.count
    average, before = snapshot.octets / snapshot.count, known.octets / known.count
    return (
        known.count >= RENUMBERED_FROM
        and overlap < RENUMBERED_OVERLAP
        and drift <= RENUMBERED_COUNT_DRIFT
        and abs(average - before) <= RENUMBERED_SIZE_DRIFT * before
    )


def _split_returned(arrived: Iterable[str], before: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    returned: list[str] = []
    new: list[str] = []
    for uid in arrived:
        (returned if uid in before else new).append(uid)
    return tuple(returned), tuple(new)


def octets_moved(changes: Changes, before: Known | None) -> tuple[int, int]:
    """Octets gained and lost since the last look. POP3 names no sizes of single messages here: where mail came and
    went between two looks, the lost part is estimated by the average message and the gained part follows from it.
    """
    if before is None or changes.renumbered:
        return 0, 0
    delta = changes.octets - before.octets
    if not changes.gone:
        return max(0, delta), max(0, -delta)
    if not changes.new:
        return max(0, delta), max(0, -delta)
    average = before.octets / before.count if before.count else 0
    lost = min(before.octets, round(average * changes.gone))
    lost = max(lost, -delta, 0)
    return max(0, delta + lost), lost
