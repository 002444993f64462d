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
# A wrong password taken for a passing fault is tried again and again until the provider locks the account; so whoever
# names password or user is believed before "try again" is.
_WORDS: tuple[tuple[Reason, str], ...] = (
    (Reason.APP_PASSWORD_NEEDED, r"app(lication)?[- ]?(specific )?password|authori[sz]ation code|web login required"),
    (Reason.POP_SWITCHED_OFF, r"pop3? (access |service |protocol )?(is |has been )?(not (enabled|allowed|active)|dis)"),
    (Reason.POP_SWITCHED_OFF, r"(enable|activate|turn on) pop|not (enabled|activated|allowed) for pop"),
    (
        Reason.TOO_SOON,
        r"login limit|too (many|often|frequent|soon)|(login|connection|limit|rate)s? .{0,20}exceeded"
        r"|minimum.*(delay|interval|time)|wait \d",
    ),
    (Reason.IN_USE, r"(mail(box|drop|dir)|drop).{0,30}lock|lock busy|already locked"),
    (Reason.IN_USE, r"(mail(box|drop|dir)?|account|drop).{0,30}(in use|busy|already open)"),
    (Reason.IN_USE, r"(unable|failed|can'?t|cannot).{0,20}lock|other (session|pop3 server)|another (session|pop)"),
    (
        Reason.SERVER_TEMPORARY,
        r"temporar(y|ily)|internal (server )?error|overload|(service|server|database) (is )?(un|down)",
    ),
    (Reason.PLAINTEXT_REFUSED, r"(plain ?text|clear ?text).{0,30}(dis|not |forbid|den)"),
    (Reason.WRONG_PASSWORD, r"password|passwd|credential|user ?name|unknown user|no such user|invalid (login|user)"),
    (Reason.SERVER_TEMPORARY, r"again later|try (it )?later|unavailable"),
    (Reason.WRONG_PASSWORD, r"(auth\w*|log-?[io]n|login) (has |was )?(fail|den|reject|invalid|incorrect|unsuccess)"),
    (Reason.SERVER_TEMPORARY, r"try (it )?again"),
)
_PATTERNS = tuple((reason, re.compile(pattern, re.IGNORECASE)) for reason, pattern in _WORDS)
# What a sentence may tell more exactly than the code before it: Gmail says [SYS/PERM] where POP3 is switched off.
_FINER = {Reason.APP_PASSWORD_NEEDED, Reason.POP_SWITCHED_OFF, Reason.PLAINTEXT_REFUSED}
_COARSE = {Reason.WRONG_PASSWORD, Reason.SERVER_PERMANENT}
# "Never heard of that command": the login itself was not judged, so another form may be tried without lock-out.
# Not plain "unknown": Exchange says "unknown user name or bad password".
_UNKNOWN = re.compile(
    r"(unknown|invalid|bad|illegal|unrecogni[sz]ed|unsupported|undefined|no such) (pop3? |sasl |auth\w* |login )?"
    r"(command|mechanism|method|type|verb)"
    r"|(command|mechanism|method|type) (is )?(unknown|unsupported|unrecogni[sz]ed|not )"
    r"|not (supported|implemented|recogni[sz]ed)|unimplemented|syntax error",
    re.IGNORECASE,
)
LONGEST_WAIT = 86_400.0  # seconds; a server that names more is not believed


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
    words = _CODE.sub("", said, count=1).strip() if code else said
    reason = _meaning(_CODES.get(code[1].upper()) if code else None, words, during)
    return Trouble(reason, host=host, said=words, wait=wait_in(words) if reason is Reason.TOO_SOON else None)


def _meaning(by_code: Reason | None, words: str, during: During) -> Reason:
    by_words = next((r for r, pattern in _PATTERNS if pattern.search(words)), None)
    if by_code is not None:
        return by_words if by_words in _FINER and by_code in _COARSE else by_code
    if during is not During.LOGIN:  # nothing was asked yet, or the login went well: it is not about a password
        return by_words if by_words not in {None, Reason.WRONG_PASSWORD} else Reason.SERVER_REFUSED
    if by_words not in _FINER and _UNKNOWN.search(words):
        return Reason.NO_COMMON_LOGIN
    return by_words or Reason.WRONG_PASSWORD


def wait_in(words: str) -> float | None:
    """The seconds that a sentence such as "wait 5 minutes" names."""
    found = _WAIT.search(words)
    return min(float(found[1]) * _UNITS[found[2].lower()], LONGEST_WAIT) if found else None
