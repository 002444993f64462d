"""What a server's refusal means: response codes (RFC 2449, 3206) first, then the words real servers use."""

from __future__ import annotations

import re
from enum import StrEnum

from notifier.errors import Reason, Trouble
from notifier.untrusted import clean


class During(StrEnum):
    """When the refusal came; the same words mean another thing before and after the login."""

    GREETING = "greeting"
    LOGIN = "login"
    SESSION = "session"


_CODES = {
    "IN-USE": Reason.IN_USE,
    "LOGIN-DELAY": Reason.TOO_SOON,
    "SYS/TEMP": Reason.SERVER_TEMPORARY,
    "SYS/PERM": Reason.SERVER_PERMANENT,
    "AUTH": Reason.WRONG_PASSWORD,
}
_CODE = re.compile(r"\[([A-Za-z0-9/_-]{1,40})\]")
_WAIT = re.compile(r"(\d{1,6})\s*(s\b|sec|min|hour)", re.IGNORECASE)
_UNITS = {"s": 1, "sec": 1, "min": 60, "hour": 3600}

# In this order: the first pattern that is found decides. Each stands for servers seen in the field notes.
_WORDS: tuple[tuple[Reason, str], ...] = (
    (Reason.APP_PASSWORD_NEEDED, r"app(lication)?[- ]?(specific )?password|authori[sz]ation code|web login required"),
    (Reason.POP_SWITCHED_OFF, r"pop3? (access |service |protocol )?(is |has been )?(not (enabled|allowed|active)|dis)"),
    (Reason.POP_SWITCHED_OFF, r"(enable|activate|turn on) pop"),
    (Reason.TOO_SOON, r"login limit|too (many|often|frequent|soon)|exceeded|minimum.*(delay|interval)|wait \d"),
    (
        Reason.IN_USE,
        r"(mail(box|drop|dir)?|account|drop).{0,30}(lock|in use|busy|already open)|lock busy|already locked",
    ),
    (Reason.IN_USE, r"(unable|failed|can'?t|cannot).{0,20}lock|other (session|pop3 server)|another (session|pop)"),
    (Reason.SERVER_TEMPORARY, r"temporar|try (again )?later|try again|unavailable|internal (server )?error|overload"),
)
_PATTERNS = tuple((reason, re.compile(pattern, re.IGNORECASE)) for reason, pattern in _WORDS)
# "Never heard of that command": the login itself was not judged, so another form may be tried without lock-out.
_UNKNOWN = re.compile(
    r"unknown|invalid command|bad command|not (supported|implemented|recogni[sz]ed)|syntax", re.IGNORECASE
)


def is_ok(line: bytes) -> bool:
    """The first character decides: `+OK` and its misspellings against `-ERR`. Raises Trouble(GARBAGE) for others."""
    if line[:1] == b"+":
        return True
    if line[:1] == b"-":
        return False
    raise Trouble(Reason.GARBAGE, said=clean(line, 80))


def text_of(line: bytes) -> str:
    """The server's words behind +OK or -ERR, safe to show."""
    return clean(line.partition(b" ")[2])


def refusal(line: bytes, host: str, during: During) -> Trouble:
    """The Trouble that a `-ERR` line means."""
    said = text_of(line)
    code = _CODE.match(said)
    reason = _CODES.get(code[1].upper()) if code else None
    words = _CODE.sub("", said, count=1).strip() if code else said
    if reason in {None, Reason.WRONG_PASSWORD}:
        found = next((r for r, pattern in _PATTERNS if pattern.search(words)), None)
        if found in {Reason.APP_PASSWORD_NEEDED, Reason.POP_SWITCHED_OFF} or reason is None:
            reason = found or reason
    if reason is None:
        reason = Reason.WRONG_PASSWORD if during is During.LOGIN else Reason.SERVER_REFUSED
    return Trouble(reason, host=host, said=words, wait=wait_in(words) if reason is Reason.TOO_SOON else None)


def wait_in(words: str) -> float | None:
    """The seconds that a sentence such as "wait 5 minutes" names."""
    found = _WAIT.search(words)
    return float(found[1]) * _UNITS[found[2].lower()] if found else None


def is_unknown_command(line: bytes) -> bool:
    return not _CODE.match(text_of(line)) and bool(_UNKNOWN.search(text_of(line)))
