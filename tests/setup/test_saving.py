"""What is known of a mailbox goes with its account: kept under a new name, gone with the account."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from notifier import prospects
from notifier.config import Account, Server, load
from notifier.errors import Reason, Trouble
from notifier.mailbox.changes import Changes
from notifier.places import Places
from notifier.setup import saving
from notifier.store import Store
from notifier.system import instance, passwords
from tests.watch.conftest import until

NOW = 1_700_000_000.0
ACCOUNT = Account("Work", "", Server("pop.example.org", 995, "tls", "ann"), mailbox_limit=10**9)


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    def no_store(*_args: object) -> None:
        raise Trouble(Reason.STORE_MISSING)

    monkeypatch.setattr(passwords, "rename", no_store)
    monkeypatch.setattr(passwords, "forget", no_store)
    made = Places(tmp_path, tmp_path)
    saving.save(made, ACCOUNT, None, {}, check=False)
    store = Store(made.state, now=NOW)
    with store.transaction():
        changes = Changes(1, 400_000_000, ("a",), arrived=("a",), first=True)
        store.remember(store.memory("Work", "ann@pop.example.org"), changes, NOW, listed=True)
    store.close()
    prospects.calibrate(made, ACCOUNT, 500_000_000, NOW)
    return made


def test_a_new_name_keeps_history_and_calibration(where: Places) -> None:
    renamed = replace(ACCOUNT, name="Office")
    saving.save(where, renamed, ACCOUNT, {}, check=False)
    assert [a.name for a in load(where.config).accounts] == ["Office"]
    old, new = prospects.of_accounts(where, [ACCOUNT, renamed])
    assert (old.samples, old.calibration) == ((), None)
    assert [s.octets for s in new.samples] == [400_000_000]
    assert new.calibration is not None
    assert new.calibration.outside == 100_000_000


def test_a_removed_account_leaves_nothing_behind(where: Places) -> None:
    saving.remove(where, ACCOUNT)
    (found,) = prospects.of_accounts(where, [ACCOUNT])
    assert (found.samples, found.calibration) == ((), None)
    assert b"pop.example.org" not in where.config.read_bytes()


def test_an_account_is_renamed_where_nothing_is_known_yet(tmp_path: Path, where: Places) -> None:
    where.state.unlink()
    saving.save(where, replace(ACCOUNT, name="Office"), ACCOUNT, {}, check=False)
    assert [a.name for a in load(where.config).accounts] == ["Office"]
    assert not where.state.exists()


def test_saving_does_not_wait_for_the_running_programs_check(where: Places) -> None:
    """A check over the internet takes seconds; the account is saved all the same."""
    asked: list[str] = []
    over = threading.Event()

    def busy(request: instance.Request) -> instance.Request:
        asked.append(request["do"])
        if request["do"] == "check":
            assert over.wait(20)
        return {"ok": True}

    with instance.Server(where.door, busy):
        saving.save(where, replace(ACCOUNT, mailbox_limit=2 * 10**9), ACCOUNT, {})
        until(lambda: sorted(asked) == ["check", "reload"], "both to be told")
        over.set()
    assert load(where.config).accounts[0].mailbox_limit == 2 * 10**9
