"""What a conversation without I/O wants of the outside, and the replies it reads: one line, several, up to the dot."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from notifier.errors import Reason, Trouble
from notifier.pop3.commands import Command
from notifier.pop3.replies import During, is_ok, refusal


@dataclass(frozen=True, slots=True)
class Send:
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class ReadLine:
    pass


@dataclass(frozen=True, slots=True)
class BeginTls:
    """Encrypt from here on; refused (STARTTLS_INJECTED) when bytes are waiting already."""


Want = Send | ReadLine | BeginTls


def one_line() -> Generator[Want, bytes, bytes]:
    return (yield ReadLine())


def several(n: int) -> Generator[Want, bytes, list[bytes]]:
    lines: list[bytes] = []
    for _ in range(n):
        lines.append((yield ReadLine()))  # noqa: PERF401 - a generator cannot be asked from within a comprehension
    return lines


def ok(host: str, during: During) -> Generator[Want, bytes, bytes]:
    reply = yield from one_line()
    if not is_ok(reply):
        raise refusal(reply, host, during)
    return reply


def lines_to_dot(most: int, otherwise: Reason) -> Generator[Want, bytes, Sequence[bytes]]:
    """The lines up to the lone dot, dots unstuffed (RFC 1939 §3). Raises Trouble(`otherwise`) beyond `most`."""
    lines: list[bytes] = []
    while (line := (yield ReadLine())) != b".":
        if len(lines) >= most:
            raise Trouble(otherwise)
        lines.append(line[1:] if line.startswith(b"..") else line)
    return lines
