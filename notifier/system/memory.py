"""Gives memory that is no longer used back to the system, where the C library is glibc; elsewhere nothing is done.

A program that rests for ten minutes after each check should not hold what only the check needed. glibc keeps such
memory for the next time; `malloc_trim(3)` hands it back, in a millisecond.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable

_M_ARENA_MAX = -8  # mallopt(3)


def keep_together() -> None:
    """One heap for all threads, which otherwise get one each with room to grow. Call it before threads are begun."""
    if (mallopt := _function("mallopt")) is not None:
        mallopt(_M_ARENA_MAX, 1)


def give_back() -> None:
    """Hands unused memory back; from any thread."""
    if (trim := _function("malloc_trim")) is not None:
        trim(0)


@functools.cache
def _function(name: str) -> Callable[..., int] | None:
    """A function of glibc, None where there is another C library."""
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    found: Callable[..., int] | None = getattr(ctypes.CDLL(None), name, None)
    return found
