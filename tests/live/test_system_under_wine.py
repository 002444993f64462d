"""Windows for real, under Wine: start at login by the registry, one running program, programs that hang, the sound."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.private_bus import private_display, wait_until
from tests.live.windows_under_wine import ROOT, WinePython, turn, windows_path, wine_python

pytestmark = [pytest.mark.live, pytest.mark.timeout(500), pytest.mark.xdist_group("wine")]


@pytest.fixture(autouse=True)
def in_turn() -> Iterator[None]:
    with turn():
        yield


BEGIN = f"import sys, json; sys.path.insert(0, {windows_path(ROOT)!r})\n"


class Windows:
    """Runs pieces of the program in the Windows Python and gives what they print as JSON."""

    def __init__(self, python: WinePython, display: str) -> None:
        self.python = python
        self.env = {"DISPLAY": display}

    def run(self, code: str, *arguments: str) -> Any:
        done = self.python.run(["-c", BEGIN + code, *arguments], env=self.env, timeout=200)
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout.strip().splitlines()[-1])

    def start(self, code: str, *arguments: str) -> subprocess.Popen[str]:
        command = self.python.command("-c", BEGIN + code, *arguments)
        return subprocess.Popen(
            command,
            env=self.python.env(self.env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )


@pytest.fixture(scope="module")
def windows() -> Iterator[Windows]:
    python = wine_python()
    with private_display() as display:
        yield Windows(python, display)


SHOW = "s = autostart.status(); print(json.dumps([s.on, s.stale, list(s.command), s.where]))\n"


def test_start_at_login(windows: Windows) -> None:
    begin = "from pathlib import Path\nfrom notifier.system import autostart\n"
    on, stale, command, where = windows.run(begin + "autostart.turn_on(Path(r'C:\\my mail'))\n" + SHOW)
    assert (on, stale) == (True, False) and where.endswith(r"CurrentVersion\Run\Notifier")
    assert command[0].lower().endswith(("pythonw.exe", "python.exe")) and command[1].endswith("__main__.py")
    assert command[2:] == ["--home", "C:\\my mail"]

    approved = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
    switch_off = (
        "import winreg\n"
        f"with winreg.CreateKey(winreg.HKEY_CURRENT_USER, r'{approved}') as key:\n"
        "    winreg.SetValueEx(key, 'Notifier', 0, winreg.REG_BINARY, bytes([3] + [0] * 11))\n"
    )
    assert windows.run(begin + switch_off + SHOW)[0] is False  # as the Task Manager does it
    assert windows.run(begin + "autostart.turn_on()\n" + SHOW)[0] is True

    gone = "autostart.entry_for().write([r'C:\\gone away\\notifier.exe', 'run'])\n"
    assert windows.run(begin + gone + SHOW)[:3] == [True, True, ["C:\\gone away\\notifier.exe", "run"]]
    on, stale, command, _where = windows.run(begin + "assert autostart.mend()\n" + SHOW)
    assert (on, stale) == (True, False) and command[1].endswith("__main__.py")
    assert windows.run(begin + "autostart.turn_off(); autostart.turn_off()\n" + SHOW)[:3] == [False, False, []]


def test_what_is_started_at_login_runs(windows: Windows, tmp_path: Path) -> None:
    code = (
        "import subprocess\nfrom pathlib import Path\nfrom notifier.system.installed import own_command\n"
        "command = own_command(Path(sys.argv[1])) + ['accounts', '--json']\n"
        "command[0] = command[0].replace('pythonw.exe', 'python.exe')\n"
        "done = subprocess.run(command, capture_output=True, text=True, cwd='C:\\\\')\n"
        "print(json.dumps(done.stdout + done.stderr))\n"
    )
    assert '"accounts": []' in windows.run(code, windows_path(tmp_path / "my mail"))


RUN = """
import os
from pathlib import Path
from notifier.system.instance import AlreadyRunningError, Server
try:
    server = Server(Path(sys.argv[1]), lambda request: {"heard": request, "pid": os.getpid()})
except AlreadyRunningError:
    print("second", flush=True)
else:
    print("first", flush=True)
    sys.stdin.read()
"""
ASK = """
from pathlib import Path
from notifier.system.instance import ask
print(json.dumps(ask(Path(sys.argv[1]), {"do": "status", "name": "B\\u00fcro"})))
"""


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_one_running_program(windows: Windows, tmp_path: Path) -> None:
    door = windows_path(tmp_path / "state" / "door")
    assert windows.run(ASK, door) is None
    first = windows.start(RUN, door)
    try:
        assert line(first) == "first"
        assert set(json.loads((tmp_path / "state" / "door").read_text())) == {"port", "word"}
        assert windows.run(ASK, door)["heard"] == {"do": "status", "name": "Büro"}
        second = windows.start(RUN, door)
        assert line(second) == "second"
        second.communicate(timeout=60)
    finally:
        first.kill()
        first.communicate(timeout=60)
    wait_until(lambda: windows.run(ASK, door) is None, "what a killed program left is no program", 60)
    third = windows.start(RUN, door)
    try:
        assert line(third) == "first"
    finally:
        end_quietly(third)


def end_quietly(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    process.wait(60)
    assert process.stdout is not None
    process.stdout.close()


def test_programs_that_hang_are_ended_and_a_sound_harms_nobody(windows: Windows) -> None:
    code = (
        "from notifier.system.launch import run_bounded\nfrom notifier.alerts import sound\n"
        "watcher = run_bounded([sys.executable, '-c', 'import time; time.sleep(1000)'], 1.0, {'NOTIFIER_NEW': '1'})\n"
        "watcher.join(60)\n"
        "print(json.dumps([watcher.is_alive(), sound.play() in (True, False)]))\n"
    )
    assert windows.run(code) == [False, True]


def test_the_mail_program_is_looked_up_in_the_registry(windows: Windows) -> None:
    code = (
        "import winreg\nfrom notifier.system import mail_program\n"
        "root = r'Software\\Clients\\Mail'\n"
        "winreg.SetValue(winreg.HKEY_CURRENT_USER, root, winreg.REG_SZ, 'Bird')\n"
        "winreg.SetValue(winreg.HKEY_CURRENT_USER, root + r'\\Bird\\shell\\open\\command', winreg.REG_SZ,\n"
        "    r'\"%SystemRoot%\\bird mail.exe\" -mail')\n"
        "found = mail_program.command_for('win32')\n"
        "winreg.SetValue(winreg.HKEY_CURRENT_USER, root, winreg.REG_SZ, '')\n"
        "print(json.dumps(found))\n"
    )
    program, option = windows.run(code)
    assert program.lower() == r"c:\windows\bird mail.exe" and option == "-mail"


def test_alerts_take_the_way_of_the_tray_icon(windows: Windows) -> None:
    code = (
        "from notifier.alerts.senders.choice import Surroundings, choose, probes\n"
        "shown = []\n"
        "around = Surroundings(balloon=lambda title, text: shown.append([title, text]))\n"
        "from notifier.alerts.alert import Alert\n"
        "choose(around).send(Alert('k', '', '\\U0001f4ec' * 100, 'x' * 999))\n"
        "print(json.dumps([[len(t.encode('utf-16-le')) // 2 for t in shown[0]],\n"
        "    [[p.name, p.works] for p in probes(Surroundings())]]))\n"
    )
    lengths, ways = windows.run(code)
    assert lengths[0] <= 63 and lengths[1] == 255
    assert ways == [["tray icon", False], ["plyer", True], ["log", True]]


def test_a_session_in_a_child(windows: Windows) -> None:
    """As the tray holds it: the child is asked and answers over its pipes, and this process loads no TLS."""
    find = "import runpy\n" + BEGIN + "runpy.run_module(sys.argv[1], None, '__main__')"
    code = (
        "import subprocess, time\nfrom notifier.demo.mailbox import Mailbox\n"
        "from notifier.demo.pop3_server import Pop3Server\nfrom notifier.config import Account, Server\n"
        "from notifier.servers.secret import Secret\nfrom notifier.store import Memory\n"
        "from notifier.watch import asking\n"
        # This Python, made to be embedded, does not look into PYTHONPATH as an installed one does.
        "start = subprocess.Popen\n"
        f"find = {find!r}\n"
        "subprocess.Popen = lambda words, **more: start([sys.executable, '-c', find, words[-1]], **more)\n"
        "box = Mailbox()\nbox.add(900)\nserver = Pop3Server({'ann': box}, {'ann': 'good'})\nserver.start()\n"
        "asking._held = None  # not in this process\n"
        "account = Account('Work', '', Server('127.0.0.1', server.port, 'none', 'ann'))\n"
        "found = asking.aside(account, Memory('Work', ''), lambda _: Secret('good'), time.time())\n"
        "print(json.dumps([found.snapshot.count, found.snapshot.octets, 'notifier.pop3' in sys.modules]))\n"
    )
    assert windows.run(code) == [1, 900, False]
