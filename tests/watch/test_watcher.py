"""The watch: on time, apart from each other, patient with failures, right about what is new."""

from __future__ import annotations

import sqlite3
import threading
import time

import pytest

from notifier.errors import Kind, Reason
from notifier.events import MailGone, NewMail, QuotaStep, Renumbered, StateLost, StateStuck, TroubleLasts, Watching
from notifier.store import Memory, Store
from notifier.watch import check
from tests.watch.conftest import World, until


def learned(world: World, *names: str) -> None:
    until(lambda: all((s := world.state(n)) and s.count is not None for n in names), "the first checks")


def test_the_first_check_announces_nothing_but_that_it_watches(world: World) -> None:
    account = world.add("ann")
    world.boxes["ann"].add(100)
    world.begin(account)
    learned(world, "ann")
    assert world.events == [Watching("ann", 1)]


def test_new_mail_is_announced_once_and_counted_until_seen(world: World) -> None:
    watcher = world.begin(world.add("ann"))
    learned(world, "ann")
    for _ in range(3):
        world.boxes["ann"].add(100)
    world.check()
    world.check()
    assert [e for e in world.events if isinstance(e, NewMail)] == [NewMail("ann", 3, 3, 3)]
    assert world.overview.unseen == 3
    watcher.post(watcher.mark_seen)
    until(lambda: world.overview.unseen == 0, "nothing unseen")
    assert world.events[-1] == MailGone("ann")


def test_mail_read_elsewhere_takes_its_alert_away(world: World) -> None:
    world.begin(world.add("ann"))
    learned(world, "ann")
    world.boxes["ann"].add(100)
    world.check()
    world.boxes["ann"].remove(1)
    world.check()
    assert world.events[-1] == MailGone("ann")


def test_a_renumbered_mailbox_is_one_quiet_note(world: World) -> None:
    account = world.add("ann")
    for n in range(50):
        world.boxes["ann"].add(100 + n)
    world.begin(account)
    learned(world, "ann")
    world.boxes["ann"].renumber()
    world.check()
    assert world.events[1:] == [Renumbered("ann", 50)]


def test_each_step_of_fullness_is_said_once(world: World) -> None:
    world.begin(world.add("ann", limit=1000))
    learned(world, "ann")
    for octets in (790, 20, 5, 90, 60, 40):
        world.boxes["ann"].add(octets)
        world.check()
    steps = [(e.level, e.octets) for e in world.events if isinstance(e, QuotaStep)]
    assert steps == [("warning", 810), ("high", 905), ("critical", 965), ("full", 1005)]


def test_checks_come_back_on_time(world: World) -> None:
    """An interval of ten minutes at six hundred times the speed: about one check a second, and none between."""
    world.begin(world.add("ann"), interval=60, pace=600.0)
    began = time.time()
    world.now = lambda: began + (time.time() - began) * 600.0  # type: ignore[method-assign]
    assert world.watcher is not None
    world.watcher._now = world.now
    until(lambda: world.servers["ann"].wire.count("STAT") >= 5, "five checks")


def test_a_wrong_password_stops_the_checks_until_the_user_asks(world: World) -> None:
    account = world.add("ann")
    world.passwords["ann"] = "bad"
    world.begin(account)
    until(lambda: bool(world.events), "the trouble said")
    (event,) = world.events
    assert isinstance(event, TroubleLasts)
    assert (event.reason, event.retry_at) == (Reason.WRONG_PASSWORD, None)
    assert world.state("ann").next_check is None
    assert "user name and password" in world.state("ann").trouble.message
    world.passwords["ann"] = "good"
    (outcome,) = world.check()
    assert outcome.trouble is None
    assert world.state("ann").next_check is not None


def test_changed_settings_try_again(world: World) -> None:
    account = world.add("ann")
    world.passwords["ann"] = "bad"
    watcher = world.begin(account)
    until(lambda: bool(world.events), "the trouble said")
    world.passwords["ann"] = "good"
    from dataclasses import replace

    other = replace(account, pop3=replace(account.pop3, auth="user"))
    watcher.post(lambda: watcher.use(world.settings(other)))
    learned(world, "ann")


def test_a_network_hiccup_is_silent_and_forgets_nothing(world: World) -> None:
    account = world.add("ann")
    world.boxes["ann"].add(100)
    world.begin(account)
    learned(world, "ann")
    world.servers["ann"].hook = lambda verb, _argument: b"" if verb == "STAT" else None
    (outcome,) = world.check()
    assert outcome.trouble is not None
    assert outcome.trouble.kind is Kind.NETWORK
    world.servers["ann"].hook = None
    world.boxes["ann"].add(100)
    world.check()
    assert world.events[1:] == [NewMail("ann", 1, 1, 2)]


def test_trouble_that_lasts_is_said_once_and_its_end_too(world: World) -> None:
    world.begin(world.add("ann"))
    learned(world, "ann")
    world.servers["ann"].hook = lambda verb, _argument: b"-ERR [SYS/TEMP] sorry\r\n" if verb == "AUTH" else None
    for _ in range(4):
        world.check()
        world.offset += 1200
    world.servers["ann"].hook = None
    world.check()
    assert [type(e).__name__ for e in world.events[1:]] == ["TroubleLasts", "TroubleOver"]
    assert world.events[1].said == "sorry"  # type: ignore[union-attr]


def test_a_hung_server_delays_nobody_else(world: World) -> None:
    free = threading.Event()

    def hang(verb: str, _argument: str) -> bytes | None:
        if verb == "GREETING":
            free.wait(30)
        return None

    hung, well = world.add("hung", hook=hang), world.add("well")
    world.begin(hung, well)
    learned(world, "well")
    assert world.state("hung").checking
    world.check("well")
    assert world.state("hung").count is None
    free.set()
    learned(world, "hung")


def test_there_are_never_two_checks_of_one_account_at_once(world: World) -> None:
    running, most = [0], [0]

    def count(verb: str, _argument: str) -> bytes | None:
        if verb == "STAT":
            running[0] += 1
            most[0] = max(most[0], running[0])
            time.sleep(0.05)
            running[0] -= 1
        return None

    world.begin(world.add("ann", hook=count))
    assert world.watcher is not None
    watcher = world.watcher
    for _ in range(10):
        watcher.post(watcher.check_now)
    until(lambda: world.servers["ann"].wire.count("QUIT") >= 2, "the check and the one asked for meanwhile")
    assert most[0] == 1


def test_an_inconsistent_list_changes_nothing(world: World) -> None:
    account = world.add("ann")
    world.boxes["ann"].add(100)
    world.begin(account)
    learned(world, "ann")

    def lie(verb: str, argument: str) -> bytes | None:
        if verb == "STAT":
            return b"+OK 7 700\r\n"
        return b"+OK\r\n1 x\r\n2 y\r\n.\r\n" if verb == "UIDL" and not argument else None

    world.servers["ann"].hook = lie
    (outcome,) = world.check()
    assert outcome.trouble is not None
    assert outcome.trouble.reason is Reason.INCONSISTENT
    world.servers["ann"].hook = None
    world.check()
    assert world.events == [Watching("ann", 1)]


def test_what_is_to_be_said_survives_the_process(world: World) -> None:
    world.begin(world.add("ann"))
    learned(world, "ann")
    world.boxes["ann"].add(100)
    world.check()
    assert [d.kind for d in Store(world.folder / "state.db", now=0).due()] == ["Watching", "NewMail"]


def test_a_full_disk_is_said_once_and_nothing_is_announced_twice(world: World) -> None:
    world.begin(world.add("ann"))
    learned(world, "ann")
    db = world.store._db
    db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0]}")
    for n in range(400):
        world.boxes["ann"].add(100, uid=f"a-unique-id-of-some-length-{n:06}")
    world.check()
    back_to_disk, world.store.back_to_disk = world.store.back_to_disk, lambda: False  # type: ignore[method-assign]
    world.boxes["ann"].add(100)
    world.check()
    stuck = [e for e in world.events if isinstance(e, StateStuck)]
    assert len(stuck) == 1
    assert "full" in stuck[0].said
    assert [e.new for e in world.events if isinstance(e, NewMail)] == [400, 1]
    world.store.back_to_disk = back_to_disk  # type: ignore[method-assign]
    world.check()
    assert world.store.on_disk
    assert [e.new for e in world.events if isinstance(e, NewMail)] == [400, 1]


def test_a_state_file_damaged_while_running_is_begun_anew_without_false_alarm(world: World) -> None:
    world.begin(world.add("ann"))
    learned(world, "ann")
    world.boxes["ann"].add(100)
    world.check()
    real = world.store.departed

    def damaged(name: str) -> frozenset[str]:
        world.store.departed = real  # type: ignore[method-assign]
        raise sqlite3.DatabaseError("database disk image is malformed")

    world.store.departed = damaged  # type: ignore[method-assign]
    world.boxes["ann"].add(100)
    world.check()
    assert [type(e).__name__ for e in world.events if isinstance(e, StateLost | NewMail)] == [
        "NewMail",
        "StateLost",
        "NewMail",
    ]
    world.check()
    assert [e.new for e in world.events if isinstance(e, NewMail)] == [1, 1]


def test_a_resume_brings_the_next_check_forward(world: World) -> None:
    watcher = world.begin(world.add("ann"))
    learned(world, "ann")
    until(lambda: world.state("ann").next_check is not None, "the next check planned")
    assert world.state("ann").next_check > world.now() + 300
    watcher.post(lambda: (watcher.resumed(), watcher.show()))
    until(lambda: world.state("ann").next_check < world.now() + 15, "the check brought forward")


def test_nothing_reachable_at_all_is_offline_and_no_alert(world: World) -> None:
    from dataclasses import replace

    account = world.add("ann")
    gone = replace(account, pop3=replace(account.pop3, host="no-such-host.invalid", allow_plaintext=True))
    world.begin(gone)
    until(lambda: world.overview.offline, "offline")
    for _ in range(3):
        world.offset += 3600
        world.check()
    assert world.events == []


def test_a_new_start_knows_everything_and_says_nothing(world: World) -> None:
    account = world.add("ann")
    world.boxes["ann"].add(100)
    world.begin(account)
    learned(world, "ann")
    assert world.watcher is not None
    assert world.thread is not None
    world.watcher.stop()
    world.thread.join(5)
    world.events.clear()
    world.begin(account)
    until(lambda: world.servers["ann"].wire.count("STAT") >= 2, "the check after the start")
    until(lambda: not world.state("ann").checking, "its end")
    assert world.events == []
    assert "UIDL" not in world.servers["ann"].wire[world.servers["ann"].wire.index("QUIT") :]


def test_a_copy_of_a_mail_sent_from_here_is_no_news(world: World) -> None:
    watcher = world.begin(world.add("ann"))
    learned(world, "ann")
    watcher.own_copies = lambda _account, _since, new: min(1, new)
    world.boxes["ann"].add(100)
    world.check()
    assert world.events == [Watching("ann", 0)]
    for _ in range(2):
        world.boxes["ann"].add(100)
    world.check()
    assert world.events[1:] == [NewMail("ann", 1, 1, 3)]


def test_a_fault_in_here_does_not_end_the_checks_of_an_account(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    watcher = world.begin(world.add("ann"), interval=60)
    learned(world, "ann")
    with monkeypatch.context() as patched:
        patched.setattr("notifier.watch.check.compare", lambda *_known: 1 / 0)
        before = world.servers["ann"].wire.count("QUIT")
        watcher.post(watcher.check_now)
        until(lambda: world.servers["ann"].wire.count("QUIT") > before, "the check")
        until(lambda: not world.state("ann").checking, "its end")
    world.boxes["ann"].add(100)
    assert world.state("ann").next_check == pytest.approx(world.now() + 60, abs=10)
    world.offset += 61
    watcher.post(lambda: None)
    until(lambda: any(isinstance(e, NewMail) for e in world.events), "the next check by itself")


def test_accounts_are_shown_in_the_users_order_also_when_it_changes(world: World) -> None:
    accounts = [world.add(name) for name in ("ann", "bob", "cyd")]
    watcher = world.begin(*accounts)
    until(lambda: [a.name for a in world.overview.accounts] == ["ann", "bob", "cyd"], "the first order")
    watcher.post(lambda: watcher.use(world.settings(accounts[2], accounts[0], accounts[1])))
    until(lambda: [a.name for a in world.overview.accounts] == ["cyd", "ann", "bob"], "the new order")


def test_a_note_of_another_version_is_no_trouble() -> None:
    memory = Memory("ann", "ann@host", notes={"failing": {"reason": "a reason to come", "since": 1.0}})
    assert check.failing_of(memory) is None


def test_a_state_that_cannot_be_shown_holds_up_no_check(world: World) -> None:
    watcher = world.begin(world.add("ann"))
    learned(world, "ann")
    watcher._on_overview = lambda _overview: 1 / 0  # type: ignore[assignment, return-value]
    world.boxes["ann"].add(100)
    world.check()
    world.check()
    assert [e.new for e in world.events if isinstance(e, NewMail)] == [1]
