"""Other programs: started by argument list, ended with their children when they hang, never left as zombies."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from notifier.system import launch
from tests.live.private_bus import wait_until


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def zombies() -> list[str]:
    """Our own children that ended and were not waited for."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            _name, fields = stat.read_text().rsplit(")", 1)
        except OSError:
            continue
        state, parent = fields.split()[:2]
        if state == "Z" and int(parent) == os.getpid():
            found.append(str(stat))
    return found


def test_arguments_arrive_as_they_are_and_the_environment_is_extended(tmp_path: Path) -> None:
    script = "import os, sys; open(sys.argv[1], 'w').write(repr(sys.argv[2:]) + os.environ['FACT'])"
    hostile = ["$(touch x)", "; ls", "a b", "'\"", "*", "--help", ""]
    done = launch.run_bounded([sys.executable, "-c", script, str(tmp_path / "out"), *hostile], 20, {"FACT": "`id`"})
    done.join(20)
    assert (tmp_path / "out").read_text() == repr(hostile) + "`id`"


def test_a_program_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    script = tmp_path / "hangs"
    script.write_text(f"#!/bin/sh\ntrap '' TERM\nsleep 1000 &\necho $! $$ > {tmp_path}/pids\nwait\n")
    script.chmod(0o755)
    watcher = launch.run_bounded([str(script)], 0.5)
    wait_until((tmp_path / "pids").exists, "it runs")
    wait_until(lambda: (tmp_path / "pids").read_text().count(" "), "it said its numbers")
    watcher.join(20)
    assert not watcher.is_alive()
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    # The grandchild is waited for by init, which may take a moment, or be absent in a container: then it is a zombie.
    wait_until(lambda: all(not alive(p) or _is_zombie(p) for p in pids), "both are ended")
    assert not alive(pids[1])


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def test_nothing_is_left_behind() -> None:
    launch.launch(["true"])
    launch.run_bounded(["true"], 20).join(20)
    launch.run_bounded(["false"], 20).join(20)
    wait_until(lambda: not zombies(), "every child was waited for")


def test_a_launched_program_lives_on_its_own(tmp_path: Path) -> None:
    script = "import os, sys; open(sys.argv[1], 'w').write(f'{os.getpid()} {os.getsid(0)}')"
    launch.launch([sys.executable, "-c", script, str(tmp_path / "out")])
    wait_until(lambda: (tmp_path / "out").exists() and (tmp_path / "out").read_text(), "it ran")
    pid, session = (tmp_path / "out").read_text().split()
    assert pid == session  # the end of our session or terminal is not its end


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(OSError):
        launch.launch(["/nonexistent/program"])
    with pytest.raises(OSError):
        launch.run_bounded(["/nonexistent/program"], 1)


def test_starting_does_not_wait() -> None:
    watcher = launch.run_bounded(["sleep", "1000"], 0.5)
    assert watcher.is_alive()
    watcher.join(20)
    assert not watcher.is_alive()
