"""The logins, by the vectors of their RFCs, and the choice among them."""

from __future__ import annotations

import pytest

from notifier.servers.sasl import choose, mechanism
from notifier.servers.secret import Secret


def test_plain_of_rfc_4616() -> None:
    assert mechanism("PLAIN", "tim", Secret("tanstaaftanstaaf")).initial == b"\0tim\0tanstaaftanstaaf"


def test_cram_md5_of_rfc_2195() -> None:
    login = mechanism("CRAM-MD5", "tim", Secret("tanstaaftanstaaf"))
    challenge = b"<1896.697170952@postoffice.reston.mci.net>"
    assert login.answer(challenge) == b"tim b913a602c7eda7a495b4e6e7334d3890"


def test_login_asks_twice() -> None:
    login = mechanism("LOGIN", "tim", Secret("pw"))
    assert (login.initial, login.answer(b"Username:"), login.answer(b"Password:")) == (None, b"tim", b"pw")


def test_oauthbearer_of_rfc_7628() -> None:
    login = mechanism("OAUTHBEARER", "user@example.com", Secret("vF9dft4qmT"), host="server.example.com", port=143)
    first = login.answer(b"")
    assert first == (b"n,a=user@example.com,\x01host=server.example.com\x01port=143\x01auth=Bearer vF9dft4qmT\x01\x01")
    assert login.answer(b'{"status":"invalid_token"}') == b"\x01"
    assert login.said == "invalid_token"


def test_a_hostile_error_challenge_is_cleaned() -> None:
    login = mechanism("XOAUTH2", "u", Secret("t"))
    login.answer(b"")
    for challenge in (b"\xff\xfe", b"[1]", b"{" * 5000, b'{"status": "\\u202e\\u001b[31m"}'):
        assert login.answer(challenge) == b""
        assert "\u202e" not in login.said


@pytest.mark.parametrize(
    ("auth", "offered", "encrypted", "chosen"),
    [
        ("auto", ["CRAM-MD5", "PLAIN", "LOGIN"], True, "PLAIN"),
        ("auto", ["cram-md5", "plain"], False, "CRAM-MD5"),
        ("auto", ["LOGIN"], True, "LOGIN"),
        ("auto", ["XOAUTH2"], True, None),  # nothing tells a token from a password
        ("auto", [], True, None),
        ("login", ["PLAIN"], True, "LOGIN"),
        ("xoauth2", [], True, "XOAUTH2"),
        ("user", ["PLAIN"], True, None),
    ],
)
def test_the_choice(auth: str, offered: list[str], encrypted: bool, chosen: str | None) -> None:
    assert choose(auth, offered, encrypted=encrypted) == chosen


def test_a_secret_does_not_print() -> None:
    secret = Secret("hunter2")
    assert "hunter2" not in repr(secret) + str(secret) + f"{secret}" + repr([secret])
    assert "hunter2" not in repr(mechanism("PLAIN", "u", secret))
