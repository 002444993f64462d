"""What one setting may hold: each reader gives the value as the program uses it, or raises ValueError."""

from __future__ import annotations

import re
from collections.abc import Callable

INTERVAL_FLOOR = 60  # seconds; providers lock accounts that ask more often
ALLOWED_INTERVAL = 'a time of at least 60 seconds, such as "10 min", "90 s" or "1 h"'
_SIZE_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12,
               "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40}  # fmt: skip
_SPAN_UNITS = {
    "s": 1,
    "sec": 1,
    "second": 1,
    "m": 60,
    "min": 60,
    "minute": 60,
    "h": 3600,
    "hour": 3600,
    "d": 86400,
    "day": 86400,
}
_AMOUNT = re.compile(r"\s*(\d{1,15}(?:\.\d{1,6})?)\s*([A-Za-z]*)\s*")


def parse_size(value: object) -> int | None:
    """A size in octets: "500 MB" (decimal), "1 GiB" (binary), or a number of octets; "" is unknown."""
    if value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(value)
    found = _AMOUNT.fullmatch(str(value))
    if not found or found[2].lower() not in _SIZE_UNITS:
        raise ValueError(value)
    octets = int(float(found[1]) * _SIZE_UNITS[found[2].lower()])
    if not 1 <= octets <= 10**16:
        raise ValueError(value)
    return octets


def parse_interval(value: object) -> int:
    """Seconds between checks, never below the floor of 60."""
    seconds = _span(value)
    if not INTERVAL_FLOOR <= seconds <= 7 * 86400:
        raise ValueError(value)
    return seconds


def _span(value: object) -> int:
    found = _AMOUNT.fullmatch(value) if isinstance(value, str) else None
    unit = found[2].lower() if found else ""
    unit = unit if unit in _SPAN_UNITS else unit.removesuffix("s")
    if not found or unit not in _SPAN_UNITS:
        raise ValueError(value)
    return int(float(found[1]) * _SPAN_UNITS[unit])


def parse_keep(value: object) -> int | None:
    """How long the mail program keeps mail on the server, in days: None for ever, 0 not at all."""
    if value in {"always", ""}:
        return None
    if value == "never":
        return 0
    days = _span(value) // 86400
    if not 1 <= days <= 36500:
        raise ValueError(value)
    return days


def parse_steps(value: object) -> tuple[int, ...]:
    """Warning steps in percent, rising, each once."""
    if not isinstance(value, list | tuple) or len(value) > 10:
        raise ValueError(value)
    if any(isinstance(v, bool) or not isinstance(v, int) or not 1 <= v <= 99 for v in value):
        raise ValueError(value)
    return tuple(sorted(set(value)))


def parse_name(value: object) -> str:
    text = parse_line(value).strip()
    if not text or len(text) > 80:
        raise ValueError(value)
    return text


def parse_host(value: object) -> str:
    """A DNS name or an address; names with other letters are kept and turned into IDNA when used."""
    text = parse_line(value).strip().strip("[]").rstrip(".")
    if not text or len(text) > 253 or re.search(r"[\s/@\\\"'<>]", text) or text.startswith("-"):
        raise ValueError(value)
    return text


def parse_port(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 65535:
        raise ValueError(value)
    return value


def parse_user(value: object) -> str:
    text = parse_line(value)
    if len(text) > 320:
        raise ValueError(value)
    return text


def parse_text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(value)
    return value


def parse_line(value: object) -> str:
    text = parse_text(value)
    if any(ord(c) < 32 or ord(c) == 127 for c in text):
        raise ValueError(value)
    return text


def parse_flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(value)
    return value


def parse_arguments(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(value)
    return tuple(parse_line(v) for v in value)


def one_of(allowed: tuple[str, ...]) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value not in allowed:
            raise ValueError(value)
        return str(value)

    return read


def choices(allowed: tuple[str, ...]) -> str:
    return " or ".join(f'"{a}"' for a in allowed)
