"""Memory and wake-ups of the idle tray program beside gnubiff's and mailnag's, measured in one run on one desktop.

    python -m tests.benchmarks.tray_memory [--seconds 60]

Each program watches one mailbox on the same Dovecot over POP3 with TLS, with ten minutes between checks, on a private
session bus and display with a real xfce4-panel and dunst. Each is measured once the server has told it of its mail:
nobody gains by failing early. Prints a Markdown table. Wake-ups are context switches of all threads while idle.

The proportional size (PSS) divides what programs share among those that run. This measuring program is Python too and
would take its part of the interpreter; so a second figure says what it is where no other program runs on that Python.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import os
import shutil
import string
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.live.desktop import ROOT, Desk, desk_in, wait_for
from tests.live.dovecot import Dovecot
from tests.live.needs import need
from tests.live.private_bus import running
from tests.live.system_bus import LOGIND, system_bus
from tests.live.test_tray_x11_panels import start_xfce

SETTLING = 10.0  # seconds after the last program's first check until drawing and alerts are over
PATIENCE = 60.0  # seconds for everybody's first check
MESSAGES = 20  # in each mailbox
PASSWORD = "secret"
USERS = ("notifier", "gnubiff", "mailnag")

# The account's name is the program's, so that the server's log tells who was there.
OURS = """[general]
interval = "10 min"

[[account]]
name = "Work"
address = "ann@example.org"
mailbox_limit = "500 MB"

[account.pop3]
host = "localhost"
port = {port}
security = "tls"
user = "notifier"
ca_file = "{ca_file}"
password_command = "echo {password}"
"""

GNUBIFF = """<?xml version="1.0" encoding="utf-8"?>
<configuration-file>
<information>
<parameter name="version" value="2.2.17"/>
</information>
<mailbox>
<parameter name="name" value="Work"/>
<parameter name="protocol" value="pop3"/>
<parameter name="authentication" value="ssl"/>
<parameter name="certificate" value="{ca_file}"/>
<parameter name="address" value="localhost"/>
<parameter name="username" value="gnubiff"/>
<parameter name="password" value="{password}"/>
<parameter name="use_other_port" value="true"/>
<parameter name="other_port" value="{port}"/>
<parameter name="delay" value="600"/>
</mailbox>
<general>
<parameter name="use_newmail_command" value="false"/>
</general>
</configuration-file>
"""

MAILNAG = """[core]
poll_interval = 10
enabled_plugins = dbusplugin, soundplugin, libnotifyplugin

[account1]
enabled = 1
type = pop3
name = Work
user = mailnag
password =
server = localhost
port = {port}
ssl = 1
imap = 0
"""
MAILNAG_PASSWORD = f"""
from Mailnag.common.accounts import AccountManager
from Mailnag.common.secretstore import SecretStore
account = AccountManager()._get_account_id("mailnag", "localhost", False)
SecretStore.get_default().set(account, {PASSWORD!r}, "mailnag")
"""


@dataclass(frozen=True)
class Measure:
    """One program at rest: kB from its smaps, context switches within the idle time."""

    name: str
    rss: int
    pss: int
    alone: int  # the same were it the only program on its Python
    dirty: int
    threads: int
    wakeups: int


def start_ours(desk: Desk, server: Dovecot) -> subprocess.Popen[str]:
    home = desk.folder / "ours"
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text(_filled(OURS, server))
    site = _installed(desk.folder / "site")
    desk.env["PYTHONPATH"] = str(site)
    return desk.start(sys.executable, "-P", "-m", "notifier", "--home", str(home), "run", log="notifier")


def _installed(site: Path) -> Path:
    """The package as an installer leaves it: with its artwork, and compiled."""
    shutil.copytree(ROOT / "notifier", site / "notifier", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "icons", site / "notifier" / "icons")
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(site)], check=True, timeout=120)
    return site


def start_gnubiff(desk: Desk, server: Dovecot) -> subprocess.Popen[str]:
    config = desk.folder / "gnubiff.xml"
    config.write_text(_filled(GNUBIFF, server))
    gnubiff = need("gnubiff", package="gnubiff")
    return desk.start(gnubiff, "--noconfigure", "--systemtray", f"--config={config}")


def start_mailnag(desk: Desk, server: Dovecot) -> subprocess.Popen[str]:
    folder = Path(desk.env["XDG_CONFIG_HOME"]) / "mailnag"
    folder.mkdir()
    (folder / "mailnag.cfg").write_text(_filled(MAILNAG, server))
    # It takes passwords from libsecret alone, whose own file serves here instead of a desktop's keyring.
    desk.env.update(
        SECRET_BACKEND="file", SECRET_FILE_TEST_PATH=str(folder / "secrets"), SECRET_FILE_TEST_PASSWORD=PASSWORD
    )
    desk.run("/usr/bin/python3", "-c", MAILNAG_PASSWORD, package="mailnag")
    return desk.start(need("mailnag", package="mailnag"))


def _filled(settings: str, server: Dovecot) -> str:
    return settings.format(port=server.tls_port, ca_file=server.ca_file, password=PASSWORD)


def start_logind(desk: Desk, folder: Path) -> contextlib.ExitStack:
    """A system bus with logind on it, as every desktop has; the programs see no other one."""
    stack = contextlib.ExitStack()
    bus = stack.enter_context(system_bus(folder))
    desk.env["DBUS_SYSTEM_BUS_ADDRESS"] = bus.address
    stack.enter_context(running(bus.mock("--template", "logind"), env=bus.env))
    wait_for("logind", lambda: bus.has(LOGIND))
    return stack


def wait_for_checks(server: Dovecot) -> None:
    """Until each program has been told of its mail over TLS."""

    def told() -> bool:
        log = (server.folder / "log").read_text()
        return all(f"({user})" in log and "Logged out" in log.split(f"({user})", 1)[1] for user in USERS)

    try:
        wait_for("a check by each program", told, PATIENCE)
    except AssertionError as error:
        raise SystemExit(f"{error}\n{(server.folder / 'log').read_text()}") from error


def switches(pid: int) -> dict[str, int]:
    """Context switches so far, by thread."""
    counts = {}
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        lines = status.read_text().splitlines()
        counts[status.parent.name] = sum(int(line.split()[-1]) for line in lines if "ctxt_switches" in line)
    return counts


def memory(pid: int) -> dict[str, int]:
    """kB by kind, and as "Alone" the proportional size with everything of the interpreter's counted in full."""
    sums = dict.fromkeys(("Rss", "Pss", "Private_Dirty", "Alone"), 0)
    in_full = False
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        kind, _, rest = line.partition(":")
        if kind in sums:
            sums[kind] += int(rest.split()[0])
            if kind == ("Rss" if in_full else "Pss"):
                sums["Alone"] += int(rest.split()[0])
        elif line[0] not in string.ascii_uppercase:  # the next mapping: its addresses, …, its file
            in_full = "python" in line.rpartition(" ")[2]
    return sums


def measure(desk: Desk, server: Dovecot, seconds: float) -> list[Measure]:
    start_xfce(desk)
    desk.start(need("dunst", package="dunst"))
    time.sleep(3)
    started = {
        "Notifier": start_ours(desk, server),
        "gnubiff": start_gnubiff(desk, server),
        "mailnag": start_mailnag(desk, server),
    }
    wait_for_checks(server)
    time.sleep(SETTLING)
    before = {name: switches(process.pid) for name, process in started.items()}
    time.sleep(seconds)
    found = []
    for name, process in started.items():
        if process.poll() is not None:
            raise SystemExit(f"{name} has ended with status {process.returncode}; see its log in {desk.folder}")
        kept = memory(process.pid)
        threads = len(list(Path(f"/proc/{process.pid}/task").iterdir()))
        after = switches(process.pid)
        woken = sum(count - before[name].get(thread, 0) for thread, count in after.items())
        found.append(Measure(name, kept["Rss"], kept["Pss"], kept["Alone"], kept["Private_Dirty"], threads, woken))
    return found


def table(found: list[Measure], seconds: float) -> str:
    lines = [
        "| program | resident kB | proportional kB | as the only Python program kB | private dirty kB | threads "
        f"| wake-ups in {seconds:.0f} s |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [f"| {m.name} | {m.rss} | {m.pss} | {m.alone} | {m.dirty} | {m.threads} | {m.wakeups} |" for m in found]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Memory and wake-ups of the idle tray program beside its peers'.")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to watch the idle programs")
    parser.add_argument("--no-logind", action="store_true", help="a system where nobody tells of suspend and resume")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tray-memory-")))
        desk = stack.enter_context(desk_in(folder))
        server = stack.enter_context(Dovecot(folder, users=dict.fromkeys(USERS, PASSWORD)))
        for user in USERS:
            server.deliver(MESSAGES, user)
        desk.start_bus()
        desk.start_display()
        desk.env["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={folder}/none"
        if not options.no_logind:
            stack.enter_context(start_logind(desk, folder / "system"))
        found = measure(desk, server, options.seconds)
    today = datetime.datetime.now(tz=datetime.UTC).date()
    print(f"{today}, Python {sys.version.split()[0]}, {os.uname().sysname} {os.uname().machine}\n")
    print(table(found, options.seconds))


if __name__ == "__main__":
    main()
