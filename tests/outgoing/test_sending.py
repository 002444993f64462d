"""Sending to servers that misbehave: lost before the final dot is tried again, lost after it is not."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.config import Account, Server
from notifier.errors import Reason, Trouble
from notifier.outgoing import channel, sending, submission
from notifier.outgoing.draft import Draft
from notifier.outgoing.outbox import Outbox
from notifier.outgoing.refusals import Cause
from notifier.outgoing.sending import events
from notifier.outgoing.states import Outcome, State
from notifier.outgoing.submission import stuffed
from notifier.servers.secret import Secret
from tests.live.certificates import Certificate
from tests.live.hostile_smtp import ACTS, STEPS, Hostile
from tests.outgoing.sending import NOW, secret_for, send, server, settings, submit


@pytest.fixture
def box(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox.db", now=NOW)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submission, "DIALOGUE_SECONDS", 0.7)
    monkeypatch.setattr(submission, "CHUNK_SECONDS", 0.7)
    monkeypatch.setattr(submission, "FINAL_SECONDS", 0.7)
    monkeypatch.setattr(submission, "QUIT_SECONDS", 0.3)
    monkeypatch.setattr(channel, "TICK_SECONDS", 0.2)


@pytest.mark.parametrize("security", ["none", "starttls"])
def test_a_well_behaved_server_gets_the_mail_as_it_is(box: Outbox, authority: Certificate, security: str) -> None:
    with Hostile(authority.chain, authority.key) as peer:
        submit(box)
        mail = send(box, server(peer.port, security=security, ca=authority.ca))
    assert mail.state == State.SENT
    (wire,) = peer.said_yes
    assert wire.endswith(b"\r\n\r\nOne\r\n.two\r\n\r\n.\r\nfour\r\n")
    assert b"me\0correct horse" not in b"".join(peer.lines)
    assert peer.lines[-1].strip() == b"QUIT"


GRID = [
    (step, act)
    for step in STEPS
    for act in ACTS
    if step != "body" or act in {"drop", "reset", "stall", "421"}  # a server that answers in the middle is past judging
]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("step", "act"), GRID)
def test_whatever_a_server_does_nothing_is_lost_or_sent_twice(
    box: Outbox, authority: Certificate, step: str, act: str
) -> None:
    began = time.monotonic()
    with Hostile(authority.chain, authority.key, acts={step: act}) as peer:
        submit(box, Draft(account="Work", to="a@x.org", text="x" * 76 * 100_000 if step == "body" else "x"))
        mail = send(box, server(peer.port, security="starttls", ca=authority.ca))
        assert len(peer.taken) <= 1
        if step == "quit":
            assert mail.state == State.SENT
        elif step == "dot" and act in {"421", "450"}:
            assert mail.state == State.WAITING
        elif step == "dot" and act == "550":
            assert mail.state == State.REFUSED
        elif step == "dot":
            assert mail.state == State.UNCERTAIN
            again = send(box, server(peer.port, security="starttls", ca=authority.ca), now=NOW + 9999)
            assert again.state == State.UNCERTAIN
        else:
            assert mail.state in {State.WAITING, State.REFUSED}
            assert peer.taken == []
    assert mail.state != State.SENT or len(peer.said_yes) == 1
    assert time.monotonic() - began < 30, "a deadline did not hold"


def test_starttls_is_never_downgraded(box: Outbox, authority: Certificate) -> None:
    with Hostile(authority.chain, authority.key, starttls="stripped") as peer:
        submit(box)
        mail = send(box, server(peer.port, security="starttls", ca=authority.ca))
    assert mail.state == State.WAITING
    assert mail.refusal is not None
    assert mail.refusal.cause == Reason.STARTTLS_MISSING
    assert not any(line.startswith((b"AUTH", b"MAIL")) for line in peer.lines)


def test_bytes_before_the_encryption_are_an_attack(box: Outbox, authority: Certificate) -> None:
    with Hostile(authority.chain, authority.key, starttls="injected") as peer:
        submit(box)
        mail = send(box, server(peer.port, security="starttls", ca=authority.ca))
    assert mail.refusal is not None
    assert mail.refusal.cause == Reason.STARTTLS_INJECTED
    assert not any(line.startswith((b"AUTH", b"MAIL")) for line in peer.lines)


def test_an_unknown_authority_is_not_trusted(box: Outbox, authority: Certificate) -> None:
    with Hostile(authority.chain, authority.key) as peer:
        submit(box)
        mail = send(box, server(peer.port, security="starttls"))
    assert mail.state == State.WAITING
    assert mail.refusal is not None
    assert mail.refusal.cause == Reason.CERTIFICATE_UNTRUSTED
    assert not any(line.startswith((b"AUTH", b"MAIL")) for line in peer.lines)


def test_no_password_travels_in_the_clear_to_another_machine(box: Outbox) -> None:
    asked: list[Server] = []

    def secret(_account: Account, host: Server) -> Secret:
        asked.append(host)
        return Secret("x")

    submit(box)
    mail = send(box, Server("smtp.example.org", 25, "none", "me"), secret=secret)
    assert mail.state == State.REFUSED
    assert mail.refusal is not None
    assert mail.refusal.cause == Reason.PLAINTEXT_REFUSED
    assert asked == []


@pytest.mark.parametrize("auth", ["plain", "login"])
def test_logins(box: Outbox, auth: str) -> None:
    with Hostile() as peer:
        submit(box)
        assert send(box, server(peer.port, auth=auth)).state == State.SENT


@pytest.mark.parametrize(
    ("reply", "reason", "state"),
    [
        ("550", Reason.WRONG_PASSWORD, State.REFUSED),
        ("450", Reason.SERVER_TEMPORARY, State.WAITING),
    ],
)
def test_a_refused_login(box: Outbox, reply: str, reason: Reason, state: State) -> None:
    with Hostile(acts={"auth": reply}) as peer, Hostile() as other:
        submit(box)
        mail = send(box, server(peer.port), server(other.port))
    assert mail.state == state
    assert mail.refusal is not None
    assert mail.refusal.cause == reason
    assert other.sessions == 0, "another server was tried for a login that failed"


def test_a_password_that_is_not_there_is_not_asked_for_again_and_again(box: Outbox) -> None:
    def secret(_account: Account, _server: Server) -> Secret:
        raise Trouble(Reason.PASSWORD_MISSING)

    with Hostile() as peer:
        submit(box)
        mail = send(box, server(peer.port), secret=secret)
    assert mail.state == State.REFUSED
    assert box.next_due(NOW) is None


def test_no_user_means_no_login(box: Outbox) -> None:
    with Hostile(features=("PIPELINING",)) as peer:
        submit(box)
        mail = send(box, server(peer.port, user=""))
    assert mail.state == State.SENT
    assert not any(line.startswith(b"AUTH") for line in peer.lines)


def test_who_was_accepted_is_sent_to_and_who_was_not_is_named(box: Outbox) -> None:
    refuse = {"bad@x.org": "550 5.1.1 no such user", "grey@x.org": "450 4.2.0 Greylisted"}
    with Hostile(refuse=refuse) as peer:
        submit(box, Draft(account="Work", to="a@x.org, bad@x.org", cc="grey@x.org", bcc="b@x.org", text="x"))
        mail = send(box, server(peer.port))
        assert mail.addresses(Outcome.SENT) == ("a@x.org", "b@x.org")
        assert mail.addresses(Outcome.REFUSED) == ("bad@x.org",)
        assert mail.outstanding == ("grey@x.org",)
        assert mail.state == State.WAITING
        del peer.refuse["grey@x.org"]
        mail = send(box, server(peer.port), now=NOW + 600)
    assert mail.state == State.REFUSED
    assert [r.address for r in mail.recipients if r.refusal] == ["bad@x.org"]
    rcpt = [line.strip() for line in peer.lines if line.startswith(b"RCPT")]
    assert rcpt.count(b"RCPT TO:<a@x.org>") == 1
    assert rcpt[-1] == b"RCPT TO:<grey@x.org>"
    assert len(peer.said_yes) == 2
    (event,) = events(box, now=NOW + 600)
    assert event.state == "refused"
    assert "knows nobody by this address" in event.said


def test_a_relay_refusal_goes_on_to_the_accounts_other_server(box: Outbox) -> None:
    denied = {"b@y.org": "554 5.7.1 <b@y.org>: Relay access denied"}
    with Hostile(refuse=denied) as first, Hostile() as second:
        submit(box, Draft(account="Work", to="a@x.org, b@y.org", text="x"))
        mail = send(box, server(first.port), server(second.port))
    assert mail.state == State.SENT
    assert (len(first.said_yes), len(second.said_yes)) == (1, 1)
    assert [line.strip() for line in second.lines if line.startswith(b"RCPT")] == [b"RCPT TO:<b@y.org>"]


def test_relaying_refused_everywhere_is_said_as_such(box: Outbox) -> None:
    denied = {"a@x.org": "554 5.7.1 <a@x.org>: Relay access denied"}
    with Hostile(refuse=denied) as first, Hostile(refuse=denied) as second:
        submit(box)
        mail = send(box, server(first.port), server(second.port))
    assert second.sessions == 1
    assert mail.state == State.REFUSED
    (event,) = events(box, now=NOW)
    assert "only for its own customers" in event.said


def test_a_server_out_of_reach_leads_to_the_next_and_the_next_is_not_blamed(box: Outbox) -> None:
    with Hostile() as gone:
        port = gone.port
    with Hostile() as second:
        submit(box)
        assert send(box, server(port), server(second.port)).state == State.SENT
    submit(box)
    mail = send(box, server(port), mail=2)
    assert mail.state == State.WAITING
    assert mail.refusal is not None
    assert mail.refusal.cause == Reason.CONNECTION_REFUSED
    assert mail.next_try == NOW + 30


def test_another_servers_refusal_does_not_end_what_the_first_could_still_do(box: Outbox) -> None:
    with Hostile() as gone:
        port = gone.port
    with Hostile(refuse={"a@x.org": "554 5.7.1 Relay access denied"}) as second:
        submit(box)
        mail = send(box, server(port), server(second.port))
    assert mail.state == State.WAITING


def test_a_mail_too_big_is_not_begun(box: Outbox) -> None:
    with Hostile(features=("SIZE 200", "AUTH PLAIN")) as peer:
        submit(box)
        mail = send(box, server(peer.port))
        assert box.size_limit(f"localhost:{peer.port}") == 200
    assert mail.state == State.REFUSED
    assert mail.refusal is not None
    assert mail.refusal.cause == Cause.TOO_BIG
    assert not any(line.startswith(b"MAIL") for line in peer.lines)


def test_letters_before_the_at_need_a_server_that_knows_them(box: Outbox) -> None:
    draft = Draft(account="Work", to="用户@例子.example", text="ü")
    with Hostile(features=("AUTH PLAIN", "8BITMIME", "PIPELINING")) as old, Hostile() as new:
        submit(box, draft)
        mail = send(box, server(old.port))
        assert mail.refusal is not None
        assert mail.refusal.cause == Cause.NO_UTF8
        box.retry(now=NOW)
        assert send(box, server(new.port)).state == State.SENT
    assert not any(line.startswith(b"MAIL") for line in old.lines)
    assert b"RCPT TO:<\xe7\x94\xa8\xe6\x88\xb7@xn--fsqu00a.example>\r" in new.lines
    assert any(line.startswith(b"MAIL") and b"SMTPUTF8" in line for line in new.lines)


@pytest.mark.parametrize("features", [(), ("PIPELINING",)])
def test_with_and_without_pipelining(box: Outbox, features: tuple[str, ...]) -> None:
    with Hostile(features=("AUTH PLAIN", *features), refuse={"b@x.org": "550 5.1.1 no"}) as peer:
        submit(box, Draft(account="Work", to="a@x.org, b@x.org, c@x.org", text="x"))
        mail = send(box, server(peer.port))
    assert mail.addresses(Outcome.SENT) == ("a@x.org", "c@x.org")
    assert len(peer.said_yes) == 1


def test_a_refused_sender_says_nothing_about_recipients(box: Outbox) -> None:
    with Hostile(acts={"mail": "550"}) as peer:
        submit(box)
        mail = send(box, server(peer.port))
    assert mail.refusal is not None
    assert mail.refusal.cause == Cause.SENDER_REFUSED


def test_an_account_that_is_gone_is_said(box: Outbox) -> None:
    submit(box)
    mail = send(box)
    assert mail.state == State.REFUSED
    assert mail.refusal is not None
    assert mail.refusal.cause == Cause.ACCOUNT_GONE


def test_a_stored_mail_that_is_gone_is_said_and_its_words_are_kept(box: Outbox) -> None:
    submit(box)
    (mail,) = box.mails()
    (box.folder / mail.spool).unlink()
    with Hostile() as peer:
        mail = send(box, server(peer.port))
    assert mail.state == State.REFUSED
    assert mail.refusal is not None
    assert mail.refusal.cause == Cause.UNREADABLE
    assert mail.draft.text.startswith("One")


def test_a_long_wait_keeps_the_lease(box: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submission, "FINAL_SECONDS", 2.0)
    monkeypatch.setattr(channel, "TICK_SECONDS", 0.2)
    taken_away: list[float] = []
    done = threading.Event()

    def rival() -> None:
        """Another process that looks all the time whether the sender is dead."""
        with Outbox(box.path, now=time.time()) as other:
            while not done.wait(0.05):
                other.claim("rival", now=time.time())
                if other.mails(State.UNCERTAIN, State.WAITING):
                    taken_away.append(time.monotonic())
                    return

    with Hostile(acts={"dot": "stall"}) as peer:
        submit(box, now=time.time())
        lease = box.claim("me", now=time.time(), length=0.7)
        assert lease is not None
        attempt = sending._Try(box, lease, settings(server(peer.port)).accounts[0], secret_for, time.time)
        watcher = threading.Thread(target=rival)
        watcher.start()
        began = time.monotonic()
        attempt.run()
        ended = time.monotonic()
        done.set()
        watcher.join(10)
    assert ended - began > 1.5, "the wait was not long enough to prove anything"
    assert [at for at in taken_away if at < ended - 0.2] == []


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=5))
def test_stuffing_in_pieces_is_stuffing_as_a_whole(data: bytes, cuts: list[int]) -> None:
    data = data.replace(b"\x00", b"\n").replace(b"\x01", b".")
    whole = stuffed(data, line_start=True)
    pieces, start, line_start = b"", 0, True
    for cut in [*sorted(min(c, len(data)) for c in cuts), len(data)]:
        chunk = data[start:cut]
        if chunk:
            pieces += stuffed(chunk, line_start=line_start)
            line_start = chunk.endswith(b"\n")
        start = cut
    assert pieces == whole
