"""Old samples made few: every check for two days, one an hour for a month, one a day for years.

Sums (arrived, departed, octets in and out) are kept to the last octet, and so are the last size and the peak of what
is put together. Ten years of checks come to some five thousand samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from notifier.mailbox.history import CHECK, DAY, HOUR, Sample

KEEP_CHECKS = 2 * 86400.0
KEEP_HOURS = 30 * 86400.0
_LENGTH = {HOUR: 3600.0, DAY: 86400.0}
_COARSENESS = {CHECK: 0, HOUR: 1, DAY: 2}


def thin(samples: Sequence[Sample], now: float, offset: float = 0.0) -> tuple[Sample, ...]:
    """`samples` (oldest first) thinned by their age at `now`; thinning again changes nothing.

    `offset` seconds east of Greenwich say when a day begins. An hour or day is put together only once it lies whole in
    the past that is to be thinned, and what was put together once is final: a summer time that moves the day's
    beginning never joins two days.
    """
    kept: list[Sample] = []
    for (span, _, _), group in groupby(samples, key=lambda s: _bucket(s, now, offset)):
        bucket = list(group)
        kept += bucket if span == CHECK else [_joined(bucket, span)]
    return tuple(kept)


def _bucket(sample: Sample, now: float, offset: float) -> tuple[str, float, float]:
    """The span and the beginning of what `sample` belongs to; a final one (and a check) stands alone."""
    for span, keep in ((DAY, KEEP_HOURS), (HOUR, KEEP_CHECKS)):
        length = _LENGTH[span]
        begin = (sample.at + offset) // length * length - offset
        if begin + length <= now - keep:
            if _COARSENESS[sample.span] < _COARSENESS[span]:
                return span, begin, 0.0
            return sample.span, begin, sample.at
    return sample.span, sample.at, sample.at


def _joined(samples: Sequence[Sample], span: str) -> Sample:
    last = samples[-1]
    return replace(
        last,
        span=span,
        peak=max(s.peak for s in samples),
        arrived=sum(s.arrived for s in samples),
        departed=sum(s.departed for s in samples),
        octets_in=sum(s.octets_in for s in samples),
        octets_out=sum(s.octets_out for s in samples),
    )
