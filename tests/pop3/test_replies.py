"""What refusals of real servers mean. A wrong password is never taken for a passing fault, nor the other way round."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.errors import Reason
from notifier.pop3.replies import LONGEST_WAIT, During, refusal, wait_in

LOGIN = [
    # Gmail, Dovecot, Exchange, Courier, popa3d, solid-pop3d, Cyrus, GMX and whoever says little
    ("-ERR [AUTH] Username and password not accepted.", Reason.WRONG_PASSWORD),
    ("-ERR [AUTH] Authentication failed.", Reason.WRONG_PASSWORD),
    ("-ERR Logon failure: unknown user name or bad password.", Reason.WRONG_PASSWORD),
    ("-ERR Authentication unsuccessful", Reason.WRONG_PASSWORD),
    ("-ERR authorization failed", Reason.WRONG_PASSWORD),
    ("-ERR Authentication failed (bad password?)", Reason.WRONG_PASSWORD),
    ("-ERR [AUTH] Invalid login", Reason.WRONG_PASSWORD),
    ("-ERR Login failed.", Reason.WRONG_PASSWORD),
    ("-ERR Invalid login or password", Reason.WRONG_PASSWORD),
    ("-ERR unknown user", Reason.WRONG_PASSWORD),
    ("-ERR", Reason.WRONG_PASSWORD),
    # "try again" is politeness where the password is named
    ("-ERR Invalid user name or password, please try again.", Reason.WRONG_PASSWORD),
    ("-ERR Incorrect password. Try again later.", Reason.WRONG_PASSWORD),
    ("-ERR Login failed, try again", Reason.WRONG_PASSWORD),
    ("-ERR Your account has been locked", Reason.WRONG_PASSWORD),
    # a code decides, whatever the words
    ("-ERR [AUTH] Login failed temporarily, try again later", Reason.WRONG_PASSWORD),
    ("-ERR [SYS/TEMP] Could not check the password", Reason.SERVER_TEMPORARY),
    ("-ERR [sys/temp] lower case", Reason.SERVER_TEMPORARY),
    ("-ERR [SYS/TEMP] Temporary authentication failure. [mail:2026-11-23 09:34:30]", Reason.SERVER_TEMPORARY),
    ("-ERR [ALIEN/CODE] Login failed", Reason.WRONG_PASSWORD),
    ("-ERR [IN-USE] Mailbox is locked by another POP3 session", Reason.IN_USE),
    ("-ERR [IN-USE] Unable to lock maildrop: Mailbox is locked by POP server", Reason.IN_USE),
    ("-ERR maildrop already locked", Reason.IN_USE),
    ("-ERR Unable to lock maildrop", Reason.IN_USE),
    ("-ERR your mailbox is in use", Reason.IN_USE),
    ("-ERR Can't get lock. Mailbox in use", Reason.IN_USE),
    ("-ERR [LOGIN-DELAY] minimum time between mail checks violation", Reason.TOO_SOON),
    ("-ERR minimum time between mail checks violation", Reason.TOO_SOON),
    ("-ERR Exceeded the login limit for a 15 minute period. Reduce the frequency", Reason.TOO_SOON),
    ("-ERR Too many logins, wait 5 minutes", Reason.TOO_SOON),
    ("-ERR login rate exceeded", Reason.TOO_SOON),
    ("-ERR Internal server error", Reason.SERVER_TEMPORARY),
    ("-ERR temporarily unavailable, try again later", Reason.SERVER_TEMPORARY),
    ("-ERR Temporary authentication failure", Reason.SERVER_TEMPORARY),
    ("-ERR Temporary problem, please try again later", Reason.SERVER_TEMPORARY),
    ("-ERR Authentication service is down, try later", Reason.SERVER_TEMPORARY),
    ("-ERR Password database unavailable", Reason.SERVER_TEMPORARY),
    ("-ERR [SYS/PERM] account suspended", Reason.SERVER_PERMANENT),
    ("-ERR [SYS/PERM] Unable to locate maildrop", Reason.SERVER_PERMANENT),
    # words that tell more than the code
    ("-ERR [AUTH] POP3 access is disabled for your account", Reason.POP_SWITCHED_OFF),
    (
        "-ERR [SYS/PERM] Your account is not enabled for POP access. Please visit your Gmail settings page and enable"
        " your account for POP access.",
        Reason.POP_SWITCHED_OFF,
    ),
    ("-ERR Please enable POP in your web mail settings", Reason.POP_SWITCHED_OFF),
    ("-ERR [AUTH] login failure or POP3 disabled, try later. sc=abc", Reason.POP_SWITCHED_OFF),
    ("-ERR [AUTH] Application-specific password required: https://support.example", Reason.APP_PASSWORD_NEEDED),
    ("-ERR [AUTH] Application password is REQUIRED", Reason.APP_PASSWORD_NEEDED),
    ("-ERR Login fail. Please use authorization code", Reason.APP_PASSWORD_NEEDED),
    ("-ERR [AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.", Reason.PLAINTEXT_REFUSED),
    # the command was judged, not the password
    ("-ERR Unknown command.", Reason.NO_COMMON_LOGIN),
    ("-ERR Invalid command", Reason.NO_COMMON_LOGIN),
    ("-ERR Unsupported authentication mechanism.", Reason.NO_COMMON_LOGIN),
    ("-ERR Unrecognized authentication type", Reason.NO_COMMON_LOGIN),
    ("-ERR Authentication method not supported", Reason.NO_COMMON_LOGIN),
]


@pytest.mark.parametrize(("line", "reason"), LOGIN)
def test_a_refused_login(line: str, reason: Reason) -> None:
    assert refusal(line.encode(), "pop.example.org", During.LOGIN).reason is reason


@pytest.mark.parametrize("during", [During.GREETING, During.SESSION])
@pytest.mark.parametrize("line", ["-ERR no such thing", "-ERR bad password file", "-ERR", "-ERR unknown command"])
def test_a_refusal_before_or_after_the_login_is_not_about_the_password(line: str, during: During) -> None:
    assert refusal(line.encode(), "h", during).reason is Reason.SERVER_REFUSED


def test_a_busy_server_says_so_in_its_greeting() -> None:
    assert refusal(b"-ERR too many connections", "h", During.GREETING).reason is Reason.TOO_SOON
    assert refusal(b"-ERR [SYS/TEMP] come back", "h", During.GREETING).reason is Reason.SERVER_TEMPORARY


def test_how_long_to_wait_is_told() -> None:
    assert refusal(b"-ERR [LOGIN-DELAY] wait 2 min", "h", During.LOGIN).wait == 120
    assert refusal(b"-ERR [AUTH] wait 2 min", "h", During.LOGIN).wait is None


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("wait 5 minutes", 300),
        ("every 900 s", 900),
        ("in 2 hours", 7200),
        ("once in 15 minutes", 900),
        ("wait 99999 hours", LONGEST_WAIT),
        ("later", None),
        ("wait 5 parsecs", None),
    ],
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
