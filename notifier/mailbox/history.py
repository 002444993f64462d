"""One mailbox's size over time, as samples; and what flowed in and out between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from typing import Any

CHECK, HOUR, DAY = "check", "hour", "day"


@dataclass(frozen=True, slots=True)
class Sample:
    """The mailbox at one moment, and what came and went since the sample before.

    `at` POSIX seconds, the last look that is in it; `span` says how much time it stands for (`check`, `hour`, `day`).
    `count` and `octets` are the last ones seen, `peak` the most octets seen. `arrived` and `departed` are messages,
    `octets_in` and `octets_out` octets. All but `at` are never negative.
    """

    at: float
    span: str
    count: int
    octets: int
    peak: int
    arrived: int = 0
    departed: int = 0
    octets_in: int = 0
    octets_out: int = 0


Row = tuple[Any, ...]


def samples_of(rows: Iterable[Row]) -> tuple[Sample, ...]:
    """The store's rows, oldest first, as samples."""
    return tuple(Sample(*row) for row in rows)


def rows_of(samples: Iterable[Sample]) -> list[Row]:
    """What the store keeps of samples."""
    return [astuple(s) for s in samples]


def since(samples: Sequence[Sample], start: float) -> tuple[Sample, ...]:
    """The samples from `start` (POSIX seconds) on, and the one before it: flows need where they began."""
    first = next((n for n, s in enumerate(samples) if s.at >= start), len(samples))
    return tuple(samples[max(0, first - 1) :])
