"""What refusals of real servers mean. A wrong password is never taken for a passing fault, nor the other way round."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.errors import Reason
from notifier.pop3.replies import During, refusal, wait_in

LOGIN = [
    ("-ERR [AUTH] Authentication failed.", Reason.WRONG_PASSWORD),
    ("-ERR authorization failed", Reason.WRONG_PASSWORD),
    ("-ERR Login failed.", Reason.WRONG_PASSWORD),
    ("-ERR Invalid login or password", Reason.WRONG_PASSWORD),
    ("-ERR", Reason.WRONG_PASSWORD),
    ("-ERR [IN-USE] Mailbox is locked by another POP3 session", Reason.IN_USE),
    ("-ERR maildrop already locked", Reason.IN_USE),
    ("-ERR Unable to lock maildrop", Reason.IN_USE),
    ("-ERR your mailbox is in use", Reason.IN_USE),
    ("-ERR [LOGIN-DELAY] minimum time between mail checks violation", Reason.TOO_SOON),
    ("-ERR Exceeded the login limit for a 15 minute period. Reduce the frequency", Reason.TOO_SOON),
    ("-ERR Too many logins, wait 5 minutes", Reason.TOO_SOON),
    ("-ERR [SYS/TEMP] Temporary authentication failure", Reason.SERVER_TEMPORARY),
    ("-ERR Internal server error", Reason.SERVER_TEMPORARY),
    ("-ERR temporarily unavailable, try again later", Reason.SERVER_TEMPORARY),
    ("-ERR [SYS/PERM] account suspended", Reason.SERVER_PERMANENT),
    ("-ERR [AUTH] POP3 access is disabled for your account", Reason.POP_SWITCHED_OFF),
    ("-ERR [SYS/PERM] Your account is not enabled for POP access", Reason.SERVER_PERMANENT),
    ("-ERR Please enable POP in your web mail settings", Reason.POP_SWITCHED_OFF),
    ("-ERR [AUTH] Application-specific password required", Reason.APP_PASSWORD_NEEDED),
]


@pytest.mark.parametrize(("line", "reason"), LOGIN)
def test_a_refused_login(line: str, reason: Reason) -> None:
    assert refusal(line.encode(), "pop.example.org", During.LOGIN).reason is reason


def test_a_refusal_later_is_not_about_the_password() -> None:
    assert refusal(b"-ERR no such thing", "h", During.SESSION).reason is Reason.SERVER_REFUSED


@pytest.mark.parametrize(
    ("words", "seconds"), [("wait 5 minutes", 300), ("every 900 s", 900), ("in 2 hours", 7200), ("later", None)]
)
def test_a_named_wait_is_understood(words: str, seconds: float | None) -> None:
    assert wait_in(words) == seconds


def test_the_servers_words_are_kept_clean_and_short() -> None:
    said = refusal(b"-ERR \x1b[31mred\xe2\x80\xae evil " + b"x" * 5000, "h", During.LOGIN).said
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert len(said) <= 200


@given(st.binary(max_size=300))
def test_any_refusal_has_a_reason(tail: bytes) -> None:
    assert refusal(b"-ERR " + tail.replace(b"\n", b""), "h", During.LOGIN).reason in set(Reason)
