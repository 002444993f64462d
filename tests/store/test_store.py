"""The state file: one check one transaction; survives kill -9, a full disk, damage, an older or newer schema."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifier.mailbox.changes import Changes, compare
from notifier.mailbox.snapshot import Snapshot
from notifier.state_file import StoreDamagedError, StoreStuckError, StoreTooNewError
from notifier.store import Memory, Store

ME = "ann@pop.example.org"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "state.db"


def see(store: Store, uids: tuple[str, ...] | None, now: float, count: int | None = None, identity: str = ME) -> Memory:
    """One good look, stored as the watch does it."""
    memory = store.memory("Work", identity)
    n = len(uids) if uids is not None else count or 0
    changes = compare(memory.known, Snapshot(n, 100 * n, uids), store.departed("Work"))
    with store.transaction():
        return store.remember(memory, changes, now, listed=True)


def test_what_was_seen_is_known_after_a_restart(path: Path) -> None:
    store = Store(path, now=0)
    see(store, ("a", "b"), 1)
    remembered = see(store, ("a", "b", "c"), 2)
    store.close()
    again = Store(path, now=3).memory("Work", ME)
    assert again.known is not None
    assert again.known.uids == ("a", "b", "c")
    assert (again.unseen, again.checked_at) == (1, 2) == (remembered.unseen, remembered.checked_at)


def test_the_state_is_private(path: Path) -> None:
    store = Store(path, now=0)
    see(store, ("a",), 1)
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_first_seen_times_stay_with_their_messages(path: Path) -> None:
    store = Store(path, now=0)
    see(store, ("a",), 10)
    see(store, ("a", "b"), 20)
    see(store, ("b", "c"), 30)
    assert store.first_seen("Work") == (20, 30)


def test_unseen_are_those_that_came_since_the_user_looked(path: Path) -> None:
    store = Store(path, now=0)
    see(store, ("a",), 1)
    assert see(store, ("a", "b", "c"), 2).unseen == 2
    assert see(store, ("a", "c"), 3).unseen == 1
    with store.transaction():
        store.mark_seen("Work")
    assert store.memory("Work", ME).unseen == 0


def test_without_uidl_unseen_is_counted(path: Path) -> None:
    store = Store(path, now=0)
    see(store, None, 1, count=5)
    assert see(store, None, 2, count=7).unseen == 2
    assert see(store, None, 3, count=1).unseen == 1


def test_another_mailbox_behind_the_name_is_learned_anew(path: Path) -> None:
    store = Store(path, now=0)
    see(store, ("a", "b"), 1)
    assert store.memory("Work", "bob@elsewhere").known is None
    see(store, ("x",), 2, identity="bob@elsewhere")
    known = store.memory("Work", "bob@elsewhere").known
    assert known is not None
    assert known.uids == ("x",)


def test_ids_that_left_are_remembered_for_thirty_days(path: Path) -> None:
    store = Store(path, now=0)
    see(store, ("a", "b"), 1)
    see(store, ("b",), 2)
    assert store.departed("Work") == {"a"}
    see(store, ("b",), 2 + 31 * 86400)
    see(store, (), 3 + 31 * 86400)
    assert store.departed("Work") == {"b"}


def test_a_transaction_that_fails_stores_nothing(path: Path) -> None:
    store = Store(path, now=0)
    memory = store.memory("Work", ME)
    with pytest.raises(RuntimeError), store.transaction():
        store.remember(memory, Changes(1, 1, ("a",), arrived=("a",), first=True), 1, listed=True)
        store.add_due("Work", "Watching", {}, 1)
        raise RuntimeError
    assert store.memory("Work", ME).known is None
    assert store.due() == []


def test_what_is_due_stays_until_it_was_said(path: Path) -> None:
    store = Store(path, now=0)
    with store.transaction():
        store.add_due("Work", "NewMail", {"new": 2}, 7)
    store.close()
    store = Store(path, now=8)
    (due,) = store.due()
    assert (due.account, due.kind, due.facts, due.at) == ("Work", "NewMail", {"new": 2}, 7)
    with store.transaction():
        store.said([due.id])
    assert store.due() == []


lists = st.lists(st.sampled_from([f"u{n}" for n in range(9)]), max_size=10).map(tuple)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(st.lists(lists, max_size=8))
def test_the_stored_list_is_always_the_servers_list(
    tmp_path_factory: pytest.TempPathFactory, looks: list[tuple[str, ...]]
) -> None:
    """Any order, repeats, removals from the middle: what is stored is what the server said last."""
    store = Store(tmp_path_factory.mktemp("s") / "state.db", now=0)
    for now, uids in enumerate(looks):
        remembered = see(store, uids, now)
        known = store.memory("Work", ME).known
        assert known is not None
        assert known.uids == uids
        assert remembered.known == known
        assert 0 <= remembered.unseen <= len(uids)
    store.close()


def test_quiet_checks_cost_no_rows(path: Path) -> None:
    store = Store(path, now=0)
    for n in range(500):
        see(store, ("a",), 600.0 * n)
    rows = store.sizes("Work")
    assert len(rows) <= 3
    assert rows[-1][0] == 600.0 * 499


# --- mishaps -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("junk", [b"not a database at all, just text" * 40, b"\0" * 8192])
def test_a_damaged_file_is_set_aside_and_named(path: Path, junk: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(junk)
    store = Store(path, now=1_700_000_000)
    assert store.set_aside is not None
    assert store.set_aside.read_bytes() == junk
    assert store.memory("Work", ME).known is None
    see(store, ("a",), 1)


def test_damage_in_the_middle_of_a_file_is_noticed(path: Path) -> None:
    store = Store(path, now=0)
    see(store, tuple(f"unique-id-{n:06}" for n in range(5000)), 1)
    store.close()
    content = bytearray(path.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 3 * 4096] = os.urandom(3 * 4096)
    path.write_bytes(content)
    store = Store(path, now=2)
    assert store.set_aside is not None
    assert see(store, ("a",), 3).known is not None


def test_damage_while_running_is_its_own_error(path: Path) -> None:
    store = Store(path, now=0)
    see(store, ("a",), 1)
    with pytest.raises(StoreDamagedError), store.transaction():
        raise sqlite3.DatabaseError("database disk image is malformed")
    aside = store.begin_anew(5)
    assert aside.exists()
    assert see(store, ("b",), 6).known is not None


def test_a_full_disk_loses_nothing_stored_and_the_program_goes_on_in_memory(path: Path) -> None:
    store = Store(path, now=0)
    see(store, ("a", "b"), 1)
    size = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {size}")  # SQLite's own full disk
    many = tuple(f"a-rather-long-unique-id-{n}" for n in range(4000))
    with pytest.raises(StoreStuckError, match="full"):
        see(store, ("a", "b", *many), 2)
    assert store.memory("Work", ME).known is not None
    store.go_on_in_memory()
    assert see(store, ("a", "b", *many), 2).unseen == 4000
    assert not store.on_disk
    other = Store(path, now=3)
    known = other.memory("Work", ME).known
    assert known is not None
    assert known.uids == ("a", "b")
    other.close()
    assert store.back_to_disk()
    assert store.on_disk
    store.close()
    known = Store(path, now=4).memory("Work", ME).known
    assert known is not None
    assert len(known.uids or ()) == 4002


def test_a_real_full_disk(tmp_path: Path) -> None:
    """A tiny file system of its own, where this machine lets a test make one."""
    mount = tmp_path / "tiny"
    mount.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tiny", str(mount)], check=False, capture_output=True
    ).returncode:
        pytest.skip("this machine does not let a test mount a file system")
    try:
        store = Store(mount / "state.db", now=0)
        see(store, ("a",), 1)
        with pytest.raises(StoreStuckError):
            see(store, ("a", *(f"a-rather-long-unique-id-{n}" for n in range(9000))), 2)
        store.go_on_in_memory()
        assert see(store, ("a", "b"), 3).unseen == 1
        store.close()
        known = Store(mount / "state.db", now=4).memory("Work", ME).known
        assert known is not None
        assert known.uids == ("a",)
    finally:
        subprocess.run(["umount", "-l", str(mount)], check=True)


def test_a_newer_programs_file_is_left_alone(path: Path) -> None:
    Store(path, now=0).close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    before = path.read_bytes()
    with pytest.raises(StoreTooNewError, match="99"):
        Store(path, now=1)
    assert path.read_bytes() == before


WRITER = """
import sys, itertools
from pathlib import Path
from notifier.mailbox.changes import compare
from notifier.mailbox.snapshot import Snapshot
from notifier.store import Store
store = Store(Path(sys.argv[1]), now=0)
for n in itertools.count(1):
    memory = store.memory("Work", "me")
    uids = tuple(f"u{k}" for k in range(n))
    changes = compare(memory.known, Snapshot(n, n, uids), store.departed("Work"))
    with store.transaction():
        store.remember(memory, changes, n, listed=True)
        store.add_due("Work", "NewMail", {"new": changes.new, "count": n}, n)
    print(n, flush=True)
"""


def test_kill_9_at_any_instant_leaves_a_whole_state(path: Path) -> None:
    """What was stored before the kill is there after it, and the due alerts belong to exactly those checks."""
    rng = random.Random(7)
    for _ in range(12):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            first = int(writer.stdout.readline())
            time.sleep(rng.uniform(0, 0.05))
            writer.send_signal(signal.SIGKILL)
            told = [first, *(int(line) for line in writer.stdout if line.endswith("\n"))]
        store = Store(path, now=1)
        assert store.set_aside is None
        known = store.memory("Work", "me").known
        assert known is not None
        assert known.count >= max(told)
        assert known.uids == tuple(f"u{k}" for k in range(known.count))
        assert [d.facts["count"] for d in store.due()] == list(range(1, known.count + 1))
        store.close()
        for part in path.parent.iterdir():
            part.unlink()


def test_an_older_programs_file_is_carried_over_and_a_failed_step_changes_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(path, now=0)
    see(store, ("a", "b"), 1)
    store.close()
    monkeypatch.setattr("notifier.state_file.SCHEMA_VERSION", 2)
    monkeypatch.setattr(
        "notifier.state_file._MIGRATIONS", {1: "ALTER TABLE account ADD COLUMN colour TEXT; SELECT nonsense"}
    )
    before = path.read_bytes()
    store = Store(path, now=2)
    assert (store.on_disk, "nonsense" in store.stuck) == (False, True)
    store.close()
    assert path.read_bytes() == before
    monkeypatch.setattr("notifier.state_file._MIGRATIONS", {1: "ALTER TABLE account ADD COLUMN colour TEXT"})
    store = Store(path, now=3)
    known = store.memory("Work", ME).known
    assert known is not None
    assert known.uids == ("a", "b")
    assert store._db.execute("PRAGMA user_version").fetchone()[0] == 2
    assert store._db.execute("SELECT colour FROM account").fetchall() == [(None,)]


def test_a_start_on_a_disk_that_takes_nothing_goes_on_with_what_can_be_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(path, now=0)
    see(store, ("a", "b"), 1)
    store.close()

    def full(_db: sqlite3.Connection) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("notifier.state_file._prepare", full)
        store = Store(path, now=2)
        assert (store.on_disk, store.stuck) == (False, "database or disk is full")
        assert see(store, ("a", "b", "c"), 3).unseen == 1
        assert not store.back_to_disk()
    assert store.back_to_disk()
    store.close()
    assert Store(path, now=4).memory("Work", ME).unseen == 1


def test_a_folder_that_cannot_be_made_is_no_end_either(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = Store(tmp_path / "file" / "state.db", now=0)
    assert not store.on_disk
    assert see(store, ("a",), 1).known is not None
