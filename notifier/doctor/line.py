"""One line of the doctor's: what was looked at, how it is, and what would help."""

from __future__ import annotations

from dataclasses import dataclass

from notifier.errors import Trouble
from notifier.words import explain

WORKS, FAILS, UNKNOWN = "works", "fails", "unknown"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing looked at. `part` groups lines; `state` is `works`, `fails` or `unknown`; `remedy` may be empty.

    `unknown` is also what is not needed here, such as the second of two ways to show an icon.
    """

    part: str
    name: str
    state: str
    what: str
    remedy: str = ""


def failed(part: str, name: str, trouble: Trouble, *, state: str = FAILS, more: str = "") -> Line:
    """The line for a trouble, in its own words; `more` is added to the remedy."""
    words = explain(trouble.reason, trouble.host, trouble.said)
    return Line(part, name, state, words.what, f"{words.remedy} {more}".strip())
