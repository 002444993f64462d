"""What servers say when they refuse, word for word as they are met, and what is made of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.errors import Reason, Trouble
from notifier.outgoing.refusals import Cause, Phase, Refusal, explain, for_the_user, of_trouble, read


@pytest.mark.parametrize(
    ("phase", "code", "text", "cause"),
    [
        # relaying, by the servers' own words
        (Phase.RECIPIENT, 554, "5.7.1 <bob@y.org>: Relay access denied", Cause.RELAY),
        (Phase.RECIPIENT, 454, "4.7.1 <bob@y.org>: Relay access denied", Cause.RELAY),
        (Phase.RECIPIENT, 550, "5.7.1 <bob@y.org>... Relaying denied", Cause.RELAY),
        (Phase.RECIPIENT, 550, "relay not permitted", Cause.RELAY),
        (Phase.RECIPIENT, 550, "5.7.54 SMTP; Unable to relay recipient in non-accepted domain", Cause.RELAY),
        (Phase.RECIPIENT, 553, "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", Cause.RELAY),
        (Phase.RECIPIENT, 551, "User not local; please try <forward-path>", Cause.RELAY),
        # who may send, and as whom
        (Phase.SENDER, 530, "5.7.0 Authentication Required", Cause.LOGIN_WANTED),
        (Phase.SENDER, 530, "5.7.0 Must issue a STARTTLS command first", Cause.LOGIN_WANTED),
        (Phase.RECIPIENT, 553, "5.7.1 <a@x.org>: Sender address rejected: not owned by user b", Cause.SENDER_REFUSED),
        (Phase.SENDER, 550, "5.7.60 SMTP; Client has no permissions to send as this sender", Cause.SENDER_REFUSED),
        # recipients
        (Phase.RECIPIENT, 550, "5.1.1 <x@y.org>: Recipient address rejected: User unknown", Cause.UNKNOWN),
        (Phase.RECIPIENT, 550, "No such user here", Cause.UNKNOWN),
        (Phase.RECIPIENT, 550, "5.1.2 bad destination system", Cause.NO_SUCH_DOMAIN),
        (Phase.RECIPIENT, 452, "4.2.2 Mailbox full", Cause.MAILBOX_FULL),
        (Phase.RECIPIENT, 552, "5.2.2 Over quota", Cause.MAILBOX_FULL),
        (Phase.RECIPIENT, 550, "5.2.1 mailbox disabled", Cause.MAILBOX_OFF),
        (Phase.RECIPIENT, 450, "4.2.0 <g@x.org>: Recipient address rejected: Greylisted, try again later", Cause.LATER),
        (Phase.RECIPIENT, 451, "4.7.1 Greylisting in action, please come back in 00:04:59", Cause.LATER),
        (Phase.RECIPIENT, 452, "4.5.3 Error: too many recipients", Cause.TOO_MANY),
        (Phase.RECIPIENT, 550, "5.7.1 access denied", Cause.RECIPIENT_REFUSED),
        # the mail itself
        (Phase.SENDER, 552, "5.3.4 Message size exceeds fixed limit", Cause.TOO_BIG),
        (Phase.FINAL, 552, "Message too large", Cause.TOO_BIG),
        (Phase.FINAL, 554, "5.7.1 Message rejected as spam", Cause.SPAM),
        (Phase.FINAL, 550, "5.7.1 content policy", Cause.CONTENT),
        (Phase.SENDER, 550, "5.6.7 address requires SMTPUTF8", Cause.NO_UTF8),
        # the server's own trouble
        (Phase.SENDER, 421, "4.3.2 shutting down", Cause.BUSY),
        (Phase.SENDER, 452, "4.3.1 Insufficient system storage", Cause.SERVER_FULL),
        (Phase.SENDER, 450, "4.7.1 Error: too much mail from 1.2.3.4", Cause.TOO_MANY),
        (Phase.FINAL, 451, "4.3.0 Error: queue file write error", Cause.TEMPORARY),
        (Phase.SENDER, 550, "5.4.5 Daily user sending limit exceeded", Cause.TOO_MANY),
    ],
)  # fmt: skip
def test_replies_as_servers_give_them(phase: Phase, code: int, text: str, cause: Cause) -> None:
    refusal = read(phase, code, text, "smtp.x.org")
    assert refusal.cause == cause
    assert refusal.permanent == (code >= 500)


def test_relay_is_explained_as_what_it_is() -> None:
    said = explain(read(Phase.RECIPIENT, 554, "5.7.1 <bob@y.org>: Relay access denied", "smtp.isp.example"))
    assert said.what.startswith("smtp.isp.example passes mail on only for its own customers")
    assert "Relay access denied" in said.what
    assert "login" in said.remedy
    assert "internet connection in use" in said.remedy


@pytest.mark.parametrize("cause", [*Cause, *Reason])
def test_every_cause_has_words(cause: Cause | Reason) -> None:
    said = explain(Refusal(cause, True, "smtp.x.org", "the server's words"))
    assert said.what
    assert "{" not in str(said)


@pytest.mark.parametrize("reason", list(Reason))
def test_another_server_is_tried_for_reach_and_relay_only(reason: Reason) -> None:
    refusal = of_trouble(Trouble(reason))
    in_reach = {"name-not-found", "connection-refused", "unreachable", "timed-out", "closed"}
    assert refusal.elsewhere == (reason.value in in_reach)
    if for_the_user(refusal):
        assert refusal.permanent
        assert not refusal.elsewhere


def test_a_wrong_password_never_leads_elsewhere_nor_to_another_try() -> None:
    refusal = of_trouble(Trouble(Reason.WRONG_PASSWORD))
    assert refusal.permanent
    assert not refusal.elsewhere


@given(st.sampled_from(list(Phase)), st.integers(400, 599), st.text())
def test_any_reply_has_a_meaning(phase: Phase, code: int, text: str) -> None:
    refusal = read(phase, code, text)
    assert refusal.permanent == (code >= 500)
    assert "\n" not in str(explain(refusal))
