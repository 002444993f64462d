"""A session in a child process tells what one in this process tells, and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from notifier.config import Account
from notifier.errors import Reason, Trouble
from notifier.mailbox.snapshot import Known
from notifier.servers.secret import Secret
from notifier.store import Memory
from notifier.watch import asking
from tests.watch.conftest import World

ROOT = Path(__file__).resolve().parents[2]
MEMORY = Memory("Work", "Work@127.0.0.1")


def secret(_account: Account) -> Secret:
    return Secret("good")


def filled(world: World, count: int = 3) -> Account:
    account = world.add("Work")
    for n in range(count):
        world.boxes["Work"].add(100, f"uid-{n}")
    return account


def test_aside_finds_what_is_found_here(world: World) -> None:
    account = filled(world)
    here = asking.here(account, MEMORY, secret, time.time())
    assert asking.aside(account, MEMORY, secret, time.time()) == here
    assert here.snapshot.uids == ("uid-0", "uid-1", "uid-2") and here.snapshot.count == 3


def test_what_is_known_need_not_be_listed_again(world: World) -> None:
    account, now = filled(world), time.time()
    first = asking.aside(account, MEMORY, secret, now)
    seen = first.snapshot
    facts = {"at": now, "list": first.capabilities}
    memory = replace(
        MEMORY, known=Known(seen.count, seen.octets, seen.uids), listed_at=now, notes={"capabilities": facts}
    )
    world.servers["Work"].wire.clear()
    again = asking.aside(account, memory, secret, now)
    assert again.snapshot.kept == 3 and again.snapshot.uids == ()
    commands = [line.split()[0] for line in world.servers["Work"].wire]
    assert "CAPA" not in commands
    late = asking.aside(account, memory, secret, now + asking.CAPABILITIES_AGAIN + 1)
    assert late.snapshot.kept == 0 and len(late.snapshot.uids or ()) == 3


def test_trouble_arrives_whole(world: World) -> None:
    account = filled(world)
    with pytest.raises(Trouble) as here:
        asking.here(account, MEMORY, lambda _account: Secret("bad"), time.time())
    with pytest.raises(Trouble) as aside:
        asking.aside(account, MEMORY, lambda _account: Secret("bad"), time.time())
    assert vars(aside.value) == vars(here.value)
    assert aside.value.reason is Reason.WRONG_PASSWORD


def test_asked_here_where_no_child_can_be_started(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    account = filled(world)
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    assert asking.aside(account, MEMORY, secret, time.time()).snapshot.count == 3


def test_a_child_that_hangs_is_ended(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    account = world.add("Work", hook=lambda verb, _argument: time.sleep(30) if verb == "STAT" else None)  # type: ignore[func-returns-value]
    monkeypatch.setattr(asking, "PATIENCE", 1.0)
    with pytest.raises(Trouble) as trouble:
        asking.aside(account, MEMORY, secret, time.time())
    assert trouble.value.reason is Reason.TIMED_OUT and trouble.value.host == "127.0.0.1"


def test_the_watch_itself_stays_light() -> None:
    """What every minute of the day pays for: nothing of TLS, logins, images, windows or the terminal's options."""
    heavy = "ssl hashlib argparse pickle PIL tkinter keyring email tomlkit urllib.request asyncio shutil notifier.pop3"
    code = (
        "import sys; before = set(sys.modules); from notifier import cli; from notifier.watch import starting;"
        f"print([m for m in {heavy!r}.split() if m in sys.modules and m not in before])"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = [sys.executable, "-c", code]
    assert subprocess.run(run, env=env, stdout=subprocess.PIPE, text=True, timeout=60, check=True).stdout == "[]\n"
