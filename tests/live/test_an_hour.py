"""An hour of the running program against a real Dovecot, sixty times as fast: every mail is announced, nothing else."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import pytest

from notifier.config import Account, General, Settings
from notifier.places import Places
from notifier.servers.secret import Secret
from notifier.watch.program import Program
from tests.live.dovecot import Dovecot
from tests.watch.conftest import until
from tests.watch.test_program import Ear

pytestmark = pytest.mark.live
PACE = 120.0
HOUR = 3600.0


@pytest.mark.timeout(180)
def test_an_hour_without_a_wrong_alert(tmp_path: Path) -> None:
    rng = random.Random(20)
    with Dovecot(tmp_path, users={"ann": "secret", "bob": "secret", "cat": "secret"}) as dovecot:
        for user in ("ann", "bob", "cat"):
            dovecot.deliver(5, user, size=2000)
        accounts = (
            Account("Ann", "", dovecot.server("tls", "ann"), mailbox_limit=100_000, warn_at=(50, 80)),
            Account("Bob", "", dovecot.server("starttls", "bob")),
            Account("Cat", "", dovecot.server("tls", "cat")),
        )
        began = time.time()
        ear = Ear()
        program = Program(
            Places(tmp_path / "home", tmp_path / "home"),
            Settings(General(interval=60), accounts),
            lambda account, _server: Secret("wrong" if account.name == "Cat" else "secret"),
            ear,
            now=lambda: began + (time.time() - began) * PACE,
            pace=PACE,
        )
        watch = threading.Thread(target=program._thread.start)
        watch.start()
        until(lambda: len(ear.heard) >= 3, "what is said at the start")
        at_start = {a.account: a.summary for a in ear.heard}
        delivered = {"ann": 0, "bob": 0}
        while time.time() - began < HOUR / PACE:
            user = rng.choice(["ann", "bob"])
            count = rng.choice([1, 1, 2])
            dovecot.deliver(count, user, size=2500)
            delivered[user] += count
            if rng.random() < 0.3:
                dovecot.remove(1, "bob")  # another client reads and deletes the oldest, seen long ago
            time.sleep(rng.uniform(0.5, 2.0))
        until(
            lambda: {a.name: a.count for a in program._overview.accounts}["Ann"] == 5 + delivered["ann"],
            "the last mail",
        )
        time.sleep(2)
        checks = program._overview.accounts
        program.quit()
        program._thread.join(10)
        announced = _announced(program)
        program._speaker.stop()
        log = (dovecot.folder / "log").read_text()
        program._store.close()
    assert "Cat" in at_start
    cat = [a for a in ear.heard if a.account == "Cat"]
    assert len(cat) == 1, "one word about the wrong password, and no second login"
    assert not [a for a in ear.heard if a.account == "Bob" and "%" in a.summary + a.body]
    steps = [a.summary + a.body for a in ear.heard if a.account == "Ann" and "full" in a.summary]
    assert len(steps) <= 3
    assert announced == {"ann": delivered["ann"], "bob": delivered["bob"]}
    assert {a.name: a.trouble is None for a in checks} == {"Ann": True, "Bob": True, "Cat": False}
    assert log.count("Login: user=<cat>") == 0


def _announced(program: Program) -> dict[str, int]:
    """All messages counted as new over the hour, from the store's own history."""
    return {user.lower(): sum(row[5] for row in program._store.sizes(user)) for user in ("Ann", "Bob")}
