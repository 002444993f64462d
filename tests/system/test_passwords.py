"""Where a password comes from: the command's first line and nothing more; whose server may share whose password."""

from __future__ import annotations

import shlex
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from notifier.config import Account, Server
from notifier.errors import Reason, Trouble
from notifier.system import passwords

POP3 = Server("pop.example.org", 995, user="ann@example.org")
SMTP = Server("smtp.example.org", 465, user="ann@example.org")
RELAY = Server("mail.isp.example", 587, "starttls", user="line-4711")
ACCOUNT = Account("Work", "ann@example.org", POP3, (SMTP, RELAY))


def python(code: str) -> str:
    return shlex.join([sys.executable, "-c", code])


def asked(command: str, timeout: float = 20) -> str:
    account = replace(ACCOUNT, pop3=replace(POP3, password_command=command))
    return passwords.secret_for(account, account.pop3, timeout=timeout).reveal()


def refusal(command: str, timeout: float = 20) -> Trouble:
    with pytest.raises(Trouble) as caught:
        asked(command, timeout)
    return caught.value


@pytest.mark.parametrize(
    ("written", "password"),
    [
        (b"geheim", "geheim"),
        (b"geheim\n", "geheim"),
        (b"geheim\r\n", "geheim"),
        ("p\u00e4 ss \nsecond".encode(), "p\u00e4 ss "),
    ],
)
def test_the_first_line_is_the_password(written: bytes, password: str) -> None:
    assert asked(python(f"import sys; sys.stdout.buffer.write({written!r})")) == password


@pytest.mark.parametrize(
    "code",
    [
        "",
        "print()",
        "print('half'); raise SystemExit(3)",
        "import os; os.write(1, b'\\xff\\xfe')",
        "print('a\\0b')",
        "import sys; sys.stdout.write('x' * 100_000)",
    ],
)
def test_no_password_is_an_error(code: str) -> None:
    trouble = refusal(python(code))
    assert trouble.reason is Reason.PASSWORD_COMMAND_FAILED
    assert "half" not in str(trouble)


def test_what_the_command_complains_about_goes_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    trouble = refusal(python("import sys; sys.stderr.write('tried hunter2'); sys.exit(1)"))
    assert "hunter2" not in str(trouble) + "".join(capfd.readouterr())
    assert "exit status 1" in trouble.said


def test_no_shell_reads_the_command(tmp_path: Path) -> None:
    mark = tmp_path / "made"
    assert asked(f"{python('import sys; print(sys.argv[1:])')} ';' touch {mark} '$HOME' '`id`'") == str(
        [";", "touch", str(mark), "$HOME", "`id`"]
    )
    assert not mark.exists()


@pytest.mark.parametrize("command", ["'unclosed", "''", "   "])
def test_a_command_that_cannot_be_read_is_a_bad_setting(command: str) -> None:
    assert refusal(command).reason is Reason.BAD_SETTING


def test_a_command_that_is_not_there_is_named() -> None:
    trouble = refusal("/nowhere/pass show mail")
    assert trouble.reason is Reason.PASSWORD_COMMAND_FAILED
    assert "/nowhere/pass" in trouble.said


def test_a_command_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    child = f"import os, time; open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    assert refusal(python(parent), timeout=2).said.endswith("no answer in time")
    if mark.exists():
        assert gone(int(mark.read_text()))


def gone(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    for _ in range(100):
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


def test_a_helper_left_behind_does_not_hold_up_the_password() -> None:
    left = "import subprocess, sys; subprocess.Popen(['sleep', '5']); print('geheim')"
    began = time.monotonic()
    assert asked(python(left), timeout=60) == "geheim"
    assert time.monotonic() - began < 60


def test_the_sending_server_shares_the_password_only_within_the_provider() -> None:
    assert passwords.shares_password(ACCOUNT, SMTP)
    assert passwords.shares_password(ACCOUNT, replace(SMTP, user="ann"))
    assert passwords.shares_password(ACCOUNT, replace(RELAY, user="ann@example.org"))
    assert not passwords.shares_password(ACCOUNT, RELAY)
    assert not passwords.shares_password(
        replace(ACCOUNT, pop3=replace(POP3, host="10.0.0.1")), replace(RELAY, host="10.1.0.1")
    )


@pytest.mark.parametrize(
    ("receives", "sends", "shared"),
    [
        ("pop.web.de", "smtp.web.de", True),
        ("pop.a.co.uk", "smtp.a.co.uk", True),
        ("pop.a.co.uk", "smtp.b.co.uk", False),
        ("pop.example.org", "smtp.isp.example", False),
        ("localhost", "localhost", True),
    ],
)
def test_a_bare_name_is_the_same_person_at_the_same_provider_only(receives: str, sends: str, shared: bool) -> None:
    account = replace(ACCOUNT, pop3=Server(receives, 995, user="ann"))
    assert passwords.shares_password(account, Server(sends, 465, user="ann")) is shared


def test_each_server_has_a_key_of_its_own() -> None:
    keys = [passwords.key_of(ACCOUNT, server) for server in (POP3, SMTP, RELAY)]
    assert keys == ["Work/pop3", "Work/smtp", "Work/smtp mail.isp.example"]


def test_the_tray_process_never_imports_keyring() -> None:
    import subprocess

    code = (
        "import sys, notifier.system.passwords; print([m for m in ('keyring', 'secretstorage', 'tkinter', 'email')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
