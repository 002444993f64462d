"""The outbox: what is stored stays, who may send is one, and nothing is sent twice by itself."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notifier.config import Account, Server
from notifier.outgoing import lease as leases
from notifier.outgoing import spool
from notifier.outgoing.addresses import check
from notifier.outgoing.draft import Draft
from notifier.outgoing.ledger import OutboxStuckError, OutboxTooNewError
from notifier.outgoing.message import UnfitError
from notifier.outgoing.outbox import KEEP_SENT, Outbox
from notifier.outgoing.refusals import Cause, Refusal
from notifier.outgoing.states import ALERT_AFTER, GIVE_UP_AFTER, Outcome, State

NOW = 1_800_000_000.0
ME = check("me@example.org", name="Me")
DRAFT = Draft(account="Work", to="a@x.org, b@x.org", bcc="c@x.org", subject="Hello", text="Text")
LATER = Refusal(Cause.LATER, False, "smtp.x.org", "greylisted", 450, "4.7.1")
NEVER = Refusal(Cause.UNKNOWN, True, "smtp.x.org", "no such user", 550, "5.1.1")


@pytest.fixture
def box(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox.db", now=NOW)


def submit(box: Outbox, draft: Draft = DRAFT, **extra: float) -> int:
    return box.submit(draft, ME, now=NOW, date=datetime.fromtimestamp(NOW, UTC), **extra)


def state(box: Outbox, mail: int) -> State:
    found = box.get(mail)
    assert found is not None
    return found.state


def files(box: Outbox) -> list[str]:
    return spool.names(box.folder)


def test_a_draft_is_kept_and_written_over(box: Outbox) -> None:
    first = box.save_draft(Draft(text="H"), now=NOW)
    assert box.save_draft(Draft(text="Hello"), now=NOW + 1, mail=first) == first
    (mail,) = box.mails(State.DRAFT)
    assert mail.draft.text == "Hello"
    assert mail.saved_at == NOW + 1


def test_a_draft_that_was_sent_from_another_window_is_not_written_over(box: Outbox) -> None:
    mail = submit(box)
    other = box.save_draft(Draft(text="newer words"), now=NOW, mail=mail)
    assert other != mail
    assert state(box, mail) == State.WAITING


def test_what_is_submitted_is_stored_whole(box: Outbox, tmp_path: Path) -> None:
    mail = submit(box, delay=5)
    found = box.get(mail)
    assert found is not None
    assert found.envelope is not None
    assert found.state == State.WAITING
    assert found.next_try == NOW + 5
    assert found.envelope.recipients == ("a@x.org", "b@x.org", "c@x.org")
    assert found.outstanding == found.envelope.recipients
    with spool.open_mail(box.folder, found.spool) as body:
        wire = body.read(found.envelope.octets)
    assert wire.endswith(b"\r\nText\r\n")
    assert b"c@x.org" not in wire
    for path in [tmp_path / "outbox.db", box.folder / found.spool]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(box.folder.stat().st_mode) == 0o700


def test_a_draft_that_cannot_be_a_mail_stays_a_draft(box: Outbox) -> None:
    mail = box.save_draft(Draft(to="nobody"), now=NOW)
    with pytest.raises(UnfitError):
        box.submit(Draft(to="nobody"), ME, now=NOW, date=datetime.now(UTC), mail=mail)
    assert state(box, mail) == State.DRAFT
    assert files(box) == []


def test_nothing_is_claimed_before_its_time(box: Outbox) -> None:
    mail = submit(box, delay=5)
    assert box.next_due(NOW) == NOW + 5
    assert box.claim("p", now=NOW + 4) is None
    lease = box.claim("p", now=NOW + 5)
    assert lease is not None
    assert lease.mail.id == mail


def test_undo_brings_the_draft_back_and_nothing_is_due(box: Outbox) -> None:
    draft = Draft(account="Work", to="a@x.org", subject="S", text="T", attachments=(__file__,))
    mail = submit(box, draft, delay=5)
    assert box.reopen(mail, now=NOW + 1) == draft
    assert state(box, mail) == State.DRAFT
    assert box.next_due(NOW) is None
    assert files(box) == []


def test_undo_comes_too_late_when_it_is_being_sent(box: Outbox) -> None:
    mail = submit(box)
    box.claim("p", now=NOW)
    assert box.reopen(mail, now=NOW) is None
    assert not box.delete(mail, now=NOW)
    assert state(box, mail) == State.SENDING


def test_two_processes_never_hold_the_same_mail(box: Outbox, tmp_path: Path) -> None:
    submit(box)
    with Outbox(tmp_path / "outbox.db", now=NOW) as other:
        assert box.claim("one", now=NOW) is not None
        assert other.claim("two", now=NOW) is None
        assert box.claim("one", now=NOW) is None


def test_a_killed_sender_before_the_dot_leaves_it_waiting(box: Outbox, tmp_path: Path) -> None:
    mail = submit(box)
    dead = box.claim("dead", now=NOW, length=20)
    assert dead is not None
    with Outbox(tmp_path / "outbox.db", now=NOW) as other:
        assert other.claim("next", now=NOW + 19) is None
        assert other.next_due(NOW) == NOW + 20
        lease = other.claim("next", now=NOW + 20)
        assert lease is not None
        assert not dead.commit(["a@x.org"], now=NOW + 21), "it woke up: it must not send the dot"
        assert dead.release(now=NOW + 21) is None
        assert lease.commit(lease.mail.outstanding, now=NOW + 22)
        lease.settle(Outcome.SENT)
        assert lease.release(now=NOW + 23) == State.SENT
    assert state(box, mail) == State.SENT


def test_a_killed_sender_after_the_dot_leaves_it_uncertain(box: Outbox) -> None:
    mail = submit(box)
    lease = box.claim("dead", now=NOW, length=20)
    assert lease is not None
    assert lease.commit(["a@x.org", "b@x.org"], now=NOW)
    assert box.claim("next", now=NOW + 21) is None
    found = box.get(mail)
    assert found is not None
    assert found.state == State.UNCERTAIN
    assert found.addresses(Outcome.UNCERTAIN) == ("a@x.org", "b@x.org")
    assert found.refusal is not None
    assert found.refusal.cause == Cause.LOST_AFTER
    assert [m.id for m in box.untold(now=NOW + 21)] == [mail]
    assert box.retry(now=NOW + 30) == [], "an uncertain mail is never sent again without being named"
    assert box.claim("next", now=NOW + 40) is None
    assert box.retry(now=NOW + 50, mail=mail) == [mail]
    again = box.claim("next", now=NOW + 50)
    assert again is not None
    assert again.mail.outstanding == ("a@x.org", "b@x.org", "c@x.org")


def test_a_sender_that_slept_through_its_lease_may_still_say_what_the_server_answered(box: Outbox) -> None:
    mail = submit(box)
    lease = box.claim("sleeper", now=NOW, length=20)
    assert lease is not None
    assert lease.commit(lease.mail.outstanding, now=NOW)
    assert [m.state for m in box.untold(now=NOW + 9999)] == [State.UNCERTAIN]
    lease.settle(Outcome.SENT)
    assert lease.release(now=NOW + 9999) == State.SENT
    assert state(box, mail) == State.SENT


def test_a_decision_of_the_user_outweighs_a_late_answer(box: Outbox) -> None:
    mail = submit(box)
    lease = box.claim("sleeper", now=NOW, length=20)
    assert lease is not None
    lease.commit(lease.mail.outstanding, now=NOW)
    box.untold(now=NOW + 30)
    box.retry(now=NOW + 30, mail=mail)
    lease.settle(Outcome.SENT)
    assert lease.release(now=NOW + 31) is None
    assert state(box, mail) == State.WAITING


def test_renewing_keeps_a_lease_and_does_not_revive_a_lost_one(box: Outbox, tmp_path: Path) -> None:
    mail = submit(box)
    box.claim("one", now=NOW, length=20)
    assert leases.renew(tmp_path / "outbox.db", mail, "one", NOW + 40)
    assert box.claim("two", now=NOW + 30) is None
    assert box.claim("two", now=NOW + 40) is not None
    assert not leases.renew(tmp_path / "outbox.db", mail, "one", NOW + 80)


def test_recipients_are_told_apart(box: Outbox) -> None:
    mail = submit(box)
    lease = box.claim("p", now=NOW)
    assert lease is not None
    lease.commit(["a@x.org"], now=NOW)
    lease.settle(Outcome.SENT)
    lease.refuse({"b@x.org": NEVER, "c@x.org": LATER})
    assert lease.release(now=NOW, refusal=LATER) == State.WAITING
    again = box.claim("p", now=NOW + 60)
    assert again is not None
    assert again.mail.outstanding == ("c@x.org",)
    again.refuse({"c@x.org": NEVER})
    assert again.release(now=NOW + 61, refusal=NEVER) == State.REFUSED
    found = box.get(mail)
    assert found is not None
    assert [(r.address, r.outcome, r.refusal) for r in found.recipients] == [
        ("a@x.org", Outcome.SENT, None),
        ("b@x.org", Outcome.REFUSED, NEVER),
        ("c@x.org", Outcome.REFUSED, NEVER),
    ]
    assert files(box) == [found.spool], "the mail is still needed"
    draft = box.reopen(mail, now=NOW + 70)
    assert draft is not None
    assert (draft.to, draft.bcc) == ("b@x.org", "c@x.org"), "who has it does not get it again"


def test_waiting_grows_with_every_failure_and_ends_after_days(box: Outbox) -> None:
    submit(box)
    now, pauses = NOW, []
    while (due := box.next_due(now)) is not None and len(pauses) < 200:
        lease = box.claim("p", now=max(now, due))
        if lease is None:  # an alert is due, not a try
            for found in box.untold(now=due):
                box.told(found.id, found.state)
            continue
        pauses.append(due - now)
        now = max(now, due)
        lease.refuse(dict.fromkeys(lease.mail.outstanding, LATER))
        if lease.release(now=now, refusal=LATER) == State.REFUSED:
            break
    assert pauses[:4] == [0, 60, 300, 300]
    assert pauses[-1] == 3600
    assert GIVE_UP_AFTER < now - NOW < GIVE_UP_AFTER + 7200
    (mail,) = box.mails(State.REFUSED)
    assert mail.refusal is not None
    assert mail.refusal.cause == Cause.GAVE_UP


def test_a_clock_set_back_does_not_hide_a_mail_for_years(box: Outbox) -> None:
    mail = submit(box)
    box.claim("dead", now=NOW)
    year = 365 * 86400
    assert box.next_due(NOW - year) == NOW - year
    lease = box.claim("next", now=NOW - year)
    assert lease is not None
    assert lease.mail.id == mail


def test_each_state_is_told_once(box: Outbox) -> None:
    mail = submit(box)
    assert box.untold(now=NOW + ALERT_AFTER - 1) == []
    assert [m.state for m in box.untold(now=NOW + ALERT_AFTER)] == [State.WAITING]
    box.told(mail, State.WAITING)
    assert box.untold(now=NOW + 2 * ALERT_AFTER) == []
    lease = box.claim("p", now=NOW + 2 * ALERT_AFTER)
    assert lease is not None
    lease.refuse(dict.fromkeys(lease.mail.outstanding, NEVER))
    lease.release(now=NOW + 2 * ALERT_AFTER, refusal=NEVER)
    assert [m.state for m in box.untold(now=NOW + 2 * ALERT_AFTER)] == [State.REFUSED]
    box.told(mail, State.REFUSED)
    assert box.untold(now=NOW + 9 * ALERT_AFTER) == []


def test_a_sent_mail_keeps_its_words_for_a_while_and_no_file(box: Outbox, tmp_path: Path) -> None:
    mail = submit(box)
    lease = box.claim("p", now=NOW)
    assert lease is not None
    lease.commit(lease.mail.outstanding, now=NOW)
    lease.settle(Outcome.SENT)
    lease.release(now=NOW)
    assert files(box) == []
    assert box.next_due(NOW) is None
    found = box.get(mail)
    assert found is not None
    assert found.draft.text == "Text"
    box.close()
    with Outbox(tmp_path / "outbox.db", now=NOW + KEEP_SENT + 1) as later:
        assert later.get(mail) is None


def gmail(name: str = "Work", pop3: str = "pop.gmail.com") -> Account:
    return Account(name, "me@example.org", Server(pop3, 995), smtp=(Server("smtp.gmail.com", 465),))


def test_a_providers_copy_of_our_own_mail_is_expected_once(box: Outbox) -> None:
    submit(box)
    assert box.take_copies(gmail(), 1, since=NOW, now=NOW + 60) == 0, "nothing was sent yet"
    lease = box.claim("p", now=NOW)
    assert lease is not None
    lease.commit(lease.mail.outstanding, now=NOW)
    lease.settle(Outcome.SENT)
    lease.release(now=NOW)
    for account in [gmail("Home"), gmail(pop3="pop.example.org")]:
        assert box.take_copies(account, 1, since=NOW - 10, now=NOW + 60) == 0
    assert box.take_copies(gmail(), 3, since=NOW - 10, now=NOW + 60) == 1
    assert box.take_copies(gmail(), 1, since=NOW + 60, now=NOW + 120) == 0, "one mail explains one arrival"


def test_an_arrival_long_after_the_send_is_no_copy(box: Outbox) -> None:
    submit(box)
    lease = box.claim("p", now=NOW)
    assert lease is not None
    lease.commit(lease.mail.outstanding, now=NOW)
    lease.settle(Outcome.SENT)
    lease.release(now=NOW)
    assert box.take_copies(gmail(), 1, since=NOW + 301, now=NOW + 900) == 0


def test_deleting_leaves_nothing_in_the_file(box: Outbox, tmp_path: Path) -> None:
    secret = "a sentence that nobody else shall read"
    mail = submit(box, Draft(account="Work", to="a@x.org", text=secret))
    assert box.delete(mail, now=NOW)
    box.close()
    assert secret.encode() not in (tmp_path / "outbox.db").read_bytes()
    assert not any(secret.encode() in p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())


def test_people_written_to_complete_an_address(box: Outbox) -> None:
    submit(box, Draft(to="Ünal Öz <u@müller.example>, bob@x.org"))
    submit(box, Draft(to="bob@x.org"))
    submit(box, Draft(to="Bob Builder <bob@x.org>, bobby@y.org"))
    assert [m.shown for m in box.complete("bo")] == ["Bob Builder <bob@x.org>", "bobby@y.org"]
    assert [m.shown for m in box.complete("öz")] == ["Ünal Öz <u@müller.example>"]
    assert box.complete("") == []
    box.forget_person("bob@x.org")
    assert [m.shown for m in box.complete("bo")] == ["bobby@y.org"]


def test_the_size_limit_of_a_server_is_remembered(box: Outbox) -> None:
    assert box.size_limit("smtp.x.org:465") is None
    box.remember_size_limit("smtp.x.org:465", 20_000_000)
    assert box.size_limit("smtp.x.org:465") == 20_000_000


def test_a_second_connection_of_the_same_process_takes_no_lock_away(box: Outbox, tmp_path: Path) -> None:
    """The window has one connection and its sending thread another, while the tray comes and goes."""
    submit(box)
    come_and_go = (
        "import sys, time, pathlib; from notifier.outgoing.outbox import Outbox;"
        "b = Outbox(pathlib.Path(sys.argv[1]), now=time.time()); b.mails(); b.close()"
    )
    for _ in range(3):
        Outbox(tmp_path / "outbox.db", now=NOW).close()
        subprocess.run([sys.executable, "-c", come_and_go, str(box.path)], check=True, timeout=30)
        assert (tmp_path / "outbox.db-wal").exists(), "another process took the log away from under us"
        box.save_draft(Draft(text="more"), now=NOW)
    assert len(box.mails()) == 4


def test_a_damaged_file_is_set_aside_and_its_mails_come_back_as_uncertain(box: Outbox, tmp_path: Path) -> None:
    submit(box)
    box.close()
    for ending in ("-wal", "-shm"):
        (tmp_path / f"outbox.db{ending}").unlink(missing_ok=True)
    (tmp_path / "outbox.db").write_bytes(b"not a database at all" * 500)
    with Outbox(tmp_path / "outbox.db", now=NOW + 1) as again:
        assert again.set_aside is not None
        assert again.set_aside.read_bytes().startswith(b"not a database")
        (mail,) = again.mails()
        assert mail.state == State.UNCERTAIN
        assert mail.draft.text == "Text"
        assert mail.addresses(Outcome.UNCERTAIN) == ("a@x.org", "b@x.org", "c@x.org")
        assert again.retry(now=NOW, mail=mail.id) == [mail.id]


def test_a_half_written_mail_is_swept_away_later_and_never_sent(box: Outbox, tmp_path: Path) -> None:
    box.folder.mkdir(mode=0o700, exist_ok=True)
    half = box.folder / "half.mail"
    half.write_bytes(b"\n" * 16 + b"From: ")
    os.utime(half, (NOW, NOW))
    with Outbox(tmp_path / "outbox.db", now=NOW + 60) as again:
        assert files(again) == ["half.mail"]
        assert again.mails() == []
    with Outbox(tmp_path / "outbox.db", now=NOW + 7200) as again:
        assert files(again) == []


def test_a_newer_programs_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    before = path.read_bytes()
    with pytest.raises(OutboxTooNewError):
        Outbox(path, now=NOW)
    assert path.read_bytes() == before


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutboxStuckError):
        Outbox(tmp_path / "file" / "outbox.db", now=NOW)


def test_a_full_disk_loses_nothing(box: Outbox) -> None:
    mail = submit(box)
    db = box._db
    db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0]}")
    with pytest.raises(OutboxStuckError):
        submit(box, Draft(to="a@x.org", text="x" * 100_000))
    assert len(files(box)) == 1
    assert state(box, mail) == State.WAITING
