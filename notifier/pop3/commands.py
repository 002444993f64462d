"""The only commands this program can send. None of them fetches, marks or deletes a message."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from notifier.errors import Reason, Trouble


class Verb(StrEnum):
    """RFC 1939, RFC 2449 (CAPA), RFC 2595 (STLS), RFC 5034 (AUTH), RFC 6856 (UTF8)."""

    CAPA = "CAPA"
    STLS = "STLS"
    AUTH = "AUTH"
    USER = "USER"
    PASS = "PASS"  # noqa: S105 - the command's name
    APOP = "APOP"
    UTF8 = "UTF8"
    STAT = "STAT"
    UIDL = "UIDL"
    NOOP = "NOOP"
    QUIT = "QUIT"


@dataclass(frozen=True, slots=True)
class Command:
    """`line` is what goes over the wire; `shown` is what a log may hold."""

    line: bytes
    shown: str

    def __repr__(self) -> str:
        return f"Command({self.shown})"


def command(verb: Verb, *arguments: str, secret: bool = False) -> Command:
    """One command line. Raises Trouble(BAD_SETTING) for an argument with a line break: it would be a second command."""
    for argument in arguments:
        if any(c in argument for c in "\r\n\0"):
            raise Trouble(Reason.BAD_SETTING, said=f"a line break in what follows {verb}")
    line = " ".join((verb, *arguments))
    shown = f"{verb} …" if secret else line
    return Command(line.encode() + b"\r\n", shown)


def answer(text: str) -> Command:
    """The client's half of a SASL exchange: base64 or empty, never a command, never logged."""
    return Command(text.encode("ascii") + b"\r\n", "…")
