"""One running program per folder: who wins, who is spoken to, what is left behind by a crash."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from notifier.system import door, instance
from notifier.system.instance import AlreadyRunningError, Server, ask, tell
from tests.watch.conftest import until

ROOT = Path(instance.__file__).resolve().parents[2]


def echo(request: instance.Request) -> instance.Request:
    return {"heard": request}


@pytest.fixture(params=["socket", "loopback"])
def path(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A door of each kind; a path too long for a Unix socket is how the second kind comes about on Linux."""
    if request.param == "socket":
        monkeypatch.chdir(tmp_path)
        folder = Path(os.path.relpath(tmp_path)) if len(str(tmp_path)) > 80 else tmp_path
        return folder / "door"
    return tmp_path / ("deep" * 20) / "door"


def test_a_question_gets_its_answer(path: Path) -> None:
    with Server(path, echo):
        assert ask(path, {"do": "status", "name": "Büro 📬"}) == {"heard": {"do": "status", "name": "Büro 📬"}}
        assert ask(path, {"do": "again"}) == {"heard": {"do": "again"}}


def test_nobody_runs(path: Path) -> None:
    assert ask(path, {"do": "status"}) is None
    with Server(path, echo):
        pass
    assert ask(path, {"do": "status"}) is None
    assert not path.exists()


def test_what_is_told_is_not_waited_for(path: Path) -> None:
    heard: list[instance.Request] = []
    go_on = threading.Event()

    def slow(request: instance.Request) -> instance.Request:
        assert go_on.wait(20)
        heard.append(request)
        return {"ok": True}

    assert not tell(path, {"do": "check"})
    with Server(path, slow):
        assert tell(path, {"do": "check"})
        assert heard == []
        go_on.set()
        until(lambda: heard == [{"do": "check"}], "the request")


def test_the_second_start_is_told(path: Path) -> None:
    with Server(path, echo):
        with pytest.raises(AlreadyRunningError):
            Server(path, echo)
        assert ask(path, {"do": "show"}) == {"heard": {"do": "show"}}  # and the first goes on


def test_it_is_private(path: Path) -> None:
    with Server(path, echo):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.with_name("door.lock").stat().st_mode) == 0o600


def test_a_failing_handler_is_an_answer_not_a_silence(path: Path) -> None:
    def fails(request: instance.Request) -> instance.Request:
        raise ValueError("no such account")

    with Server(path, fails):
        assert ask(path, {"do": "check"}) == {"error": "ValueError: no such account"}
        assert ask(path, {"do": "check"}) == {"error": "ValueError: no such account"}


@pytest.mark.parametrize("line", [b"[]\n", b"{\n", b"\xff\xfe\n", b'"do"\n', b"[" * 100_000 + b"\n", b"\n"])
def test_misuse_is_answered(path: Path, line: bytes) -> None:
    with Server(path, echo):
        visitor = door.knock(path, 5)
        assert visitor is not None
        with visitor:
            visitor.sendall(line)
            assert "not understood" in json.loads(visitor.makefile().readline())["error"]
        assert ask(path, {"do": "status"}) is not None


def test_an_endless_line_is_cut_off(path: Path) -> None:
    with Server(path, echo):
        visitor = door.knock(path, 5)
        assert visitor is not None
        with visitor, pytest.raises(OSError):
            for _ in range(100):
                visitor.sendall(b"x" * 65536)
        assert ask(path, {"do": "status"}) is not None


def test_silent_visitors_do_not_keep_others_out(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instance, "VISIT", 0.3)
    with Server(path, echo):
        silent = [v for _ in range(instance.VISITORS + 2) if (v := door.knock(path, 5))]
        assert len(silent) > instance.VISITORS
        assert ask(path, {"do": "status"}, timeout=10) == {"heard": {"do": "status"}}
        for visitor in silent:
            visitor.close()


def test_many_at_once(path: Path) -> None:
    replies: list[object] = []
    with Server(path, echo):
        threads = [threading.Thread(target=lambda n=n: replies.append(ask(path, {"n": n}))) for n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    assert sorted(r["heard"]["n"] for r in replies if isinstance(r, dict)) == list(range(20))


def test_a_program_that_hangs_is_not_waited_for_for_ever(path: Path) -> None:
    free = threading.Event()

    def hangs(request: instance.Request) -> instance.Request:
        free.wait(20)
        return {}

    with Server(path, hangs):
        with pytest.raises(TimeoutError):
            ask(path, {"do": "status"}, timeout=0.2)
        free.set()


def test_without_the_word_nobody_enters_by_loopback(tmp_path: Path) -> None:
    path = tmp_path / ("deep" * 20) / "door"
    heard = []
    with Server(path, lambda request: heard.append(request) or {}):
        port = json.loads(path.read_text())["port"]
        with socket.create_connection(("127.0.0.1", port), 5) as visitor:
            visitor.sendall(b'wrong\n{"do": "quit"}\n')
            assert visitor.recv(100) == b""
    assert heard == []


def test_stop_twice_and_start_again(path: Path) -> None:
    first = Server(path, echo)
    first.stop()
    first.stop()
    with Server(path, echo):
        assert ask(path, {"do": "status"}) is not None


RUN = """
import sys, time
from pathlib import Path
from notifier.system.instance import AlreadyRunningError, Server
while time.time() < float(sys.argv[2]): pass
try:
    server = Server(Path(sys.argv[1]), lambda request: {"pid": __import__("os").getpid()})
except AlreadyRunningError:
    print("second", flush=True)
else:
    print("first", flush=True)
    sys.stdin.read()
"""


def start(path: Path, at: float = 0.0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(path), str(at)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate(timeout=10)


def test_kill_9_leaves_nothing_in_the_way(path: Path) -> None:
    process = start(path)
    try:
        assert line(process) == "first"
        assert (ask(path, {}) or {})["pid"] == process.pid
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
        assert path.exists()  # the door is still there, and nobody behind it
        assert ask(path, {}) is None
        with Server(path, echo):
            assert ask(path, {"do": "status"}) == {"heard": {"do": "status"}}
    finally:
        end(process)


def test_of_simultaneous_starts_exactly_one_wins(path: Path) -> None:
    for _ in range(3):
        processes = [start(path, time.time() + 0.7) for _ in range(4)]
        try:
            assert sorted(line(p) for p in processes) == ["first", "second", "second", "second"]
        finally:
            for process in processes:
                end(process)


def test_a_stopped_handler_thread_never_keeps_the_lock_from_the_next(path: Path) -> None:
    """`ask` of a third process looks at the lock for an instant; a start at that instant must not believe it."""
    stop = threading.Event()

    def keep_asking() -> None:
        while not stop.is_set():
            instance._is_locked(path)

    path.parent.mkdir(parents=True, exist_ok=True)
    asker = threading.Thread(target=keep_asking)
    asker.start()
    try:
        for _ in range(20):
            Server(path, echo).stop()
    finally:
        stop.set()
        asker.join()
