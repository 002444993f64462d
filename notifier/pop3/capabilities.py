"""What a server says it can do (CAPA, RFC 2449), remembered between checks: asking costs a round trip."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_DAY_LIMIT = 36_500


@dataclass(frozen=True, slots=True)
class Capabilities:
    """`before` the login and `after` it: some servers tell their limits only to those they know (RFC 2449 §6.5).

    Each maps a capability to its arguments. `has_capa` is False for a server that does not know CAPA.
    """

    before: Mapping[str, tuple[str, ...]]
    after: Mapping[str, tuple[str, ...]]
    has_capa: bool = True

    @property
    def sasl(self) -> tuple[str, ...]:
        return tuple(name.upper() for name in self.before.get("SASL", ()))

    @property
    def stls(self) -> bool:
        return "STLS" in self.before

    @property
    def pipelining(self) -> bool:
        return "PIPELINING" in self.before or "PIPELINING" in self.after

    @property
    def utf8_logins(self) -> bool:
        """RFC 6856 §2.2: names and passwords may hold more than ASCII."""
        return "USER" in self.before.get("UTF8", ())

    @property
    def login_delay(self) -> int | None:
        """Seconds the server wants between logins (RFC 2449 §6.5)."""
        return _number(self._either("LOGIN-DELAY"), 86_400)

    @property
    def expire(self) -> int | None:
        """Days after which the server itself deletes mail (RFC 2449 §6.7); None: never, or not said."""
        return _number(self._either("EXPIRE"), _DAY_LIMIT)

    def _either(self, name: str) -> tuple[str, ...]:
        return self.after.get(name) or self.before.get(name) or ()

    def to_facts(self) -> dict[str, object]:
        """As plain JSON, for the store."""
        return {"before": _plain(self.before), "after": _plain(self.after), "capa": self.has_capa}

    @classmethod
    def from_facts(cls, facts: Mapping[str, object]) -> Capabilities:
        return cls(_back(facts.get("before")), _back(facts.get("after")), bool(facts.get("capa", True)))


NONE = Capabilities({}, {}, has_capa=False)


def parse(lines: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The list behind CAPA's +OK. Odd lines are kept as they are: an unknown capability harms nobody."""
    found: dict[str, tuple[str, ...]] = {}
    for line in lines:
        words = line.split()
        if not words:
            continue
        name = words[0].upper()
        glued = re.fullmatch(r"(EXPIRE|LOGIN-DELAY)(NEVER|\d+)", name)  # GNU mailutils 3.15 says EXPIRENEVER
        name, words = (glued[1], [glued[1], glued[2], *words[1:]]) if glued else (name, words)
        found[name] = (*found.get(name, ()), *words[1:])
    return found


def _number(arguments: Sequence[str], most: int) -> int | None:
    first = arguments[0] if arguments else ""
    return min(int(first), most) if first.isascii() and first.isdigit() and len(first) < 10 else None


def _plain(capabilities: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    return {name: list(arguments) for name, arguments in sorted(capabilities.items())}


def _back(facts: object) -> dict[str, tuple[str, ...]]:
    return {str(k): tuple(map(str, v)) for k, v in facts.items()} if isinstance(facts, dict) else {}
