"""What the provider's web page says is used, against what POP3 sees: the difference is mail outside the inbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Calibration:
    """At `at` (POSIX seconds) the provider's page said `provider` octets while the inbox held `inbox` octets."""

    at: float
    provider: int
    inbox: int

    @property
    def outside(self) -> int:
        """Octets in folders that POP3 does not show, as of `at`; never less than none."""
        return max(0, self.provider - self.inbox)

    def to_facts(self) -> dict[str, Any]:
        """As plain JSON, for the store."""
        return asdict(self)


def calibration_from(facts: Mapping[str, Any] | None) -> Calibration | None:
    """What `to_facts` gave; None for nothing, or for what another version of this program wrote."""
    try:
        return Calibration(float(facts["at"]), int(facts["provider"]), int(facts["inbox"])) if facts else None
    except (KeyError, TypeError, ValueError):
        return None


def outside_of(calibration: Calibration | None) -> int:
    """Octets to count on top of the inbox; none where nobody entered the provider's figure."""
    return calibration.outside if calibration else 0


def inbox_limit(limit: int | None, calibration: Calibration | None) -> int | None:
    """What is left of `limit` for the inbox; None: the limit is not known."""
    return None if limit is None else max(0, limit - outside_of(calibration))
