"""Children that answer one question: they get it whole, are ended in time, and do not outlive who asked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from notifier.system import child

ROOT = Path(__file__).resolve().parents[2]
MODULES = {
    "echoes": "print('a library says hello')\nsys.exit(child.serve(lambda facts: {'back': facts}))",
    "hangs": "child.serve(lambda facts: time.sleep(60) or {})",
    "dies": "sys.exit(3)",
    "rambles": "print('[1, 2]')",
    "tells": (
        "def answer(facts):\n open(facts['path'], 'w').write(str(os.getpid()))\n time.sleep(60)\n"
        "child.serve(answer)"
    ),
}  # fmt: skip


@pytest.fixture(autouse=True)
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, code in MODULES.items():
        (tmp_path / f"child_that_{name}.py").write_text(
            f"import os, sys, time\nfrom notifier.system import child\n{code}"
        )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


def test_question_and_answer_arrive_whole() -> None:
    question = {"text": "ü\n" * 3, "many": ["x" * 70] * 20_000}
    assert child.ask("child_that_echoes", question, 30) == {"back": question}


@pytest.mark.parametrize("name", ["dies", "rambles"])
def test_no_answer(name: str) -> None:
    with pytest.raises(child.ChildError) as error:
        child.ask(f"child_that_{name}", {}, 30)
    assert not error.value.late


def test_ended_when_it_takes_too_long() -> None:
    with pytest.raises(child.ChildError) as error:
        child.ask("child_that_hangs", {}, 0.5)
    assert error.value.late


@pytest.mark.skipif(sys.platform == "win32", reason="looks for a process by its number")
def test_a_child_does_not_outlive_its_parent(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    code = f"from notifier.system import child; child.ask('child_that_tells', {{'path': {str(told)!r}}}, 60)"
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)])}
    parent = subprocess.Popen([sys.executable, "-c", code], env=env)
    end = time.monotonic() + 30
    while not (told.exists() and told.read_text()):
        assert time.monotonic() < end
        time.sleep(0.05)
    parent.send_signal(signal.SIGKILL)
    parent.wait(10)
    while _is_alive(int(told.read_text())):
        assert time.monotonic() < end
        time.sleep(0.05)


def _is_alive(pid: int) -> bool:
    """A zombie, which nobody waits for where there is no init, counts as ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
