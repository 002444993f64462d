"""The commands as a person or a script uses them: a process, its output, its exit status."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from notifier.cli import watching
from notifier.demo.mailbox import Mailbox
from notifier.demo.pop3_server import Pop3Server
from notifier.outgoing.outbox import Outbox
from notifier.outgoing.spool import open_mail
from notifier.overview import AccountState, Overview, TroubleNote
from notifier.watch.report import status_facts

PASSWORD = "corr3ct h0rse"


@pytest.fixture
def server() -> Iterator[Pop3Server]:
    made = Pop3Server({"ann": Mailbox()}, {"ann": PASSWORD})
    made.start()
    yield made
    made.stop()


@pytest.fixture
def home(tmp_path: Path, server: Pop3Server) -> Path:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    write_settings(folder, server.port)
    return folder


def write_settings(folder: Path, port: int, *, password: str = PASSWORD, limit: str = "1 MB") -> None:
    secret = folder / "secret"
    secret.write_text(password + "\n")
    (folder / "config.toml").write_text(
        f"""
[[account]]
name = "Work"
mailbox_limit = "{limit}"
[account.pop3]
host = "127.0.0.1"
port = {port}
security = "none"
user = "ann"
password_command = "cat '{secret}'"
"""
    )


def notifier(home: Path, *words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "notifier", "--home", str(home), *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **(env or {})},
    )


def checked(home: Path) -> tuple[int, dict[str, object]]:
    done = notifier(home, "check", "--json")
    (account,) = json.loads(done.stdout)["accounts"]
    return done.returncode, account


def test_check_as_json_and_its_exit_status(home: Path, server: Pop3Server) -> None:
    server.mailboxes["ann"].add(1000)
    status, first = checked(home)
    assert (status, first["first_check"], first["new"], first["messages"]) == (1, True, 0, 1)
    server.mailboxes["ann"].add(849_000)
    status, second = checked(home)
    assert status == 0
    assert second == {
        "name": "Work",
        "ok": True,
        "messages": 2,
        "octets": 850_000,
        "new": 1,
        "gone": 0,
        "unseen": 1,
        "first_check": False,
        "quota": {"limit": 1_000_000, "percent": 85.0, "level": "warning"},
        "error": None,
    }
    assert checked(home)[0] == 1


def test_a_wrong_password_is_exit_status_3_and_says_what_to_do(home: Path, server: Pop3Server) -> None:
    write_settings(home, server.port, password="wrong")
    status, account = checked(home)
    error = account["error"]
    assert status == 3
    assert isinstance(error, dict)
    assert (error["kind"], error["retry_after"]) == ("auth", None)
    assert "Enter the password again" in error["message"]
    told = notifier(home, "check")
    assert told.returncode == 3
    assert "wrong user name or password" in told.stdout


def test_check_tells_a_person(home: Path, server: Pop3Server) -> None:
    server.mailboxes["ann"].add(500_000)
    told = notifier(home, "check")
    assert told.stdout == "Work: 1 message, 500 kB, first check: learned what is there, at least 50 % of 1 MB\n"


def test_faulty_settings_are_exit_status_2_and_named(home: Path) -> None:
    path = home / "config.toml"
    path.write_text(path.read_text().replace('"1 MB"', '"plenty"'))
    done = notifier(home, "check")
    assert done.returncode == 2
    assert f'{path}: [[account]] "Work" mailbox_limit = "plenty"' in done.stderr


def test_an_unknown_account_is_exit_status_2(home: Path) -> None:
    done = notifier(home, "check", "Wrok")
    assert done.returncode == 2
    assert "Wrok" in done.stderr
    assert "Work" in done.stderr


def test_no_account_at_all_says_how_to_make_one(tmp_path: Path) -> None:
    done = notifier(tmp_path / "none", "check")
    assert done.returncode == 2
    assert "notifier setup" in done.stderr


def test_accounts_are_listed_without_secrets(home: Path) -> None:
    done = notifier(home, "accounts", "--json")
    (account,) = json.loads(done.stdout)["accounts"]
    assert account["name"] == "Work"
    assert account["mailbox_limit"] == 1_000_000
    assert PASSWORD not in done.stdout + notifier(home, "accounts").stdout


def test_the_folder_may_come_from_the_environment(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "notifier", "accounts"],
        env={**os.environ, "NOTIFIER_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "Work" in done.stdout


def test_nothing_running_is_said(home: Path) -> None:
    assert json.loads(notifier(home, "status", "--json").stdout) == {"running": False}
    assert notifier(home, "quit").returncode == 1


def test_the_password_stands_nowhere(home: Path, server: Pop3Server) -> None:
    """Not in output at the loudest, not in any file but the one the test's own command reads."""
    server.mailboxes["ann"].add(1000)
    for password in (PASSWORD, "wr0ng w0rd"):
        write_settings(home, server.port, password=password)
        done = notifier(home, "-v", "-v", "check")
        assert password not in done.stdout + done.stderr
        for file in home.iterdir():
            if file.name != "secret":
                assert password.encode() not in file.read_bytes()


def test_files_are_private(home: Path) -> None:
    checked(home)
    modes = {f.name: stat.S_IMODE(f.stat().st_mode) for f in home.iterdir() if f.name.startswith("state")}
    assert modes
    assert set(modes.values()) == {0o600}


def test_checking_imports_neither_tk_nor_keyring_nor_email(home: Path) -> None:
    script = (
        "import sys; from notifier.cli import main; main(sys.argv[1:]);"
        "print([m for m in ('tkinter', 'keyring', 'email', 'dns', 'tomlkit', 'PIL', 'asyncio') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "--home", str(home), "check"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_history_tells_what_is_stored(home: Path, server: Pop3Server) -> None:
    assert "not checked yet" in notifier(home, "history").stdout
    server.mailboxes["ann"].add(400_000)
    checked(home)
    told = notifier(home, "history", "Work")
    assert told.stdout.splitlines() == [
        "Work: 1 message, at least 400 kB of 1 MB.",
        "  It has not been watched for long enough to say when it will be full.",
    ]
    (account,) = json.loads(notifier(home, "history", "--json").stdout)["accounts"]
    assert [s["octets"] for s in account["samples"]] == [400_000]
    assert account["full_in_days"] is None
    assert notifier(home, "history", "Wrok").returncode == 2


def test_what_the_provider_says_is_counted_in(home: Path, server: Pop3Server) -> None:
    server.mailboxes["ann"].add(400_000)
    too_early = notifier(home, "history", "Work", "--provider-says", "900 kB")
    assert (too_early.returncode, "not checked yet" in too_early.stderr) == (3, True)
    checked(home)
    assert notifier(home, "history", "--provider-says", "a lot").returncode == 2
    noted = notifier(home, "history", "Work", "--provider-says", "900 kB")
    assert noted.returncode == 0
    assert "at least 900 kB of 1 MB" in noted.stdout
    assert (
        f"500 kB more lie outside the inbox, by the provider's page on {datetime.now().astimezone():%Y-%m-%d}"
        in noted.stdout
    )
    assert notifier(home, "history", "Work").stdout == noted.stdout
    _status, row = checked(home)
    assert row["quota"] == {"limit": 1_000_000, "percent": 90.0, "level": "high"}
    assert notifier(home, "history", "Work", "--provider-says", "none").returncode == 0
    _status, row = checked(home)
    assert row["quota"]["percent"] == 40.0


def test_an_empty_outbox_says_so(home: Path) -> None:
    assert "empty" in notifier(home, "outbox").stdout
    assert json.loads(notifier(home, "outbox", "--json").stdout) == {"mails": []}


def test_status_says_how_full_and_full_when(capsys: pytest.CaptureFixture[str]) -> None:
    home = AccountState("Home", 41, 412_000_000, 3, 500_000_000, 82.4, "warning", forecast="full in about 9 days")
    refused = AccountState("Old", trouble=TroubleNote("auth", "It did not accept the password.", None, 0.0))
    facts = status_facts(
        Overview((home, AccountState("New"), refused)), {"pid": 7, "tray": None, "alerts": "a terminal"}
    )
    watching._print_status(facts)
    assert capsys.readouterr().out.splitlines()[2:] == [
        "Home: 41 messages, 3 unseen, at least 82 % of 500 MB, full in about 9 days",
        "New: not checked yet",
        "Old: It did not accept the password.",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="arguments are octets elsewhere only")
def test_a_mail_from_a_script_in_an_old_encoding(home: Path) -> None:
    """Text, subject and the name of a file may be in Latin-1: the text is understood, the name does no harm."""
    with (home / "config.toml").open("a") as config:
        config.write('[account.smtp]\nhost = "127.0.0.1"\nport = 9\nsecurity = "none"\n')
    settings = (home / "config.toml").read_text()
    (home / "config.toml").write_text(settings.replace('name = "Work"', 'name = "Work"\naddress = "ann@example.org"'))
    file = os.fsencode(home) + b"/f\xfcr.txt"
    Path(os.fsdecode(file)).write_text("x")
    words = [b"--home", os.fsencode(home), b"send", b"--to", b"bob@example.org", b"--subject", b"B\xfcro"]
    done = subprocess.run(
        [os.fsencode(sys.executable), b"-m", b"notifier", *words, b"--attach", file],
        input=b"Gr\xfc\xdfe \x80",
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stderr  # it waits: no server listens there
    with Outbox(home / "outbox.db", now=time.time()) as box:
        (mail,) = box.mails()
        assert (mail.draft.subject, mail.draft.text) == ("Büro", "Grüße €")
        with open_mail(box.folder, mail.spool) as stored:
            assert mail.envelope is not None
            sent = message_from_bytes(stored.read(mail.envelope.octets), policy=default)
    assert isinstance(sent, EmailMessage)
    assert sent["Subject"] == "Büro"
    (attached,) = sent.iter_attachments()
    assert attached.get_content() == "x"


def test_a_picture_into_a_folder_that_is_not_there_makes_none(home: Path) -> None:
    done = notifier(home, "history", "--csv", str(home / "slip" / "x.csv"))
    assert done.returncode == 3
    assert "slip" in done.stderr
    assert not (home / "slip").exists()


def test_what_is_no_mailto_link_is_wrong_use(home: Path) -> None:
    done = notifier(home, "compose", "https://example.org/\x1b[31m")
    assert done.returncode == 2
    assert done.stderr == "“https://example.org/ [31m” is no mailto: link.\n"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="nobody can make folders in /proc there")
@pytest.mark.parametrize("command", ["run --no-tray", "check", "send --to a@example.org --subject x"])
def test_a_folder_that_cannot_be_made_is_said_in_a_line(command: str) -> None:
    done = notifier(Path("/proc/nothing"), *command.split())
    assert done.returncode in {2, 3}
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_check_that_failed_promises_no_other_where_nothing_runs(home: Path) -> None:
    write_settings(home, 9)
    done = notifier(home, "check")
    assert done.returncode == 3
    assert "refused the connection" in done.stdout
    assert "again" not in done.stdout


def test_the_providers_figure_is_noted_before_the_window_opens(home: Path) -> None:
    notifier(home, "check")
    words = ["history", "Work", "--provider-says", "5 MB", "--window"]
    done = notifier(home, *words, env={"DISPLAY": "", "WAYLAND_DISPLAY": ""})
    assert done.returncode == 3
    assert "display" in done.stderr
    told = json.loads(notifier(home, "history", "--json").stdout)["accounts"][0]
    assert told["outside_inbox"]["octets"] == 5_000_000
