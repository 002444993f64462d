"""Memory and wake-ups of the idle tray program beside gnubiff's and mailnag's, measured in one run on one desktop.

    python -m tests.benchmarks.tray_memory [--seconds 60]

Each program watches one POP3 account whose server does not answer, with ten minutes between checks, on a private bus
and display with a real xfce4-panel. Prints a Markdown table. Wake-ups are context switches of all threads while idle.
"""

from __future__ import annotations

import argparse
import datetime
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.live.desktop import ROOT, Desk, desk_in
from tests.live.needs import need
from tests.live.test_tray_x11_panels import start_xfce

SETTLING = 10.0  # seconds until start-up, first check and first drawing are over
DEAD_PORT = 9  # nobody listens there

OURS = f"""[general]
interval = "10 min"

[[account]]
name = "Work"
address = "ann@example.org"
mailbox_limit = "500 MB"

[account.pop3]
host = "127.0.0.1"
port = {DEAD_PORT}
security = "none"
user = "ann"
password_command = "echo secret"
"""

GNUBIFF = f"""<?xml version="1.0" encoding="utf-8"?>
<configuration-file>
<mailbox>
<parameter name="name" value="Work"/>
<parameter name="protocol" value="pop3"/>
<parameter name="address" value="127.0.0.1"/>
<parameter name="username" value="ann"/>
<parameter name="password" value=""/>
<parameter name="use_other_port" value="true"/>
<parameter name="other_port" value="{DEAD_PORT}"/>
<parameter name="delay" value="600"/>
</mailbox>
</configuration-file>
"""

MAILNAG = f"""[core]
poll_interval = 10
enabled_plugins = dbusplugin, soundplugin, libnotifyplugin

[account1]
enabled = 1
type = pop3
name = Work
user = ann
password = secret
server = 127.0.0.1
port = {DEAD_PORT}
ssl = 0
imap = 0
"""


@dataclass(frozen=True)
class Measure:
    """One program at rest: kB from smaps_rollup, context switches within the idle time."""

    name: str
    rss: int
    pss: int
    dirty: int
    threads: int
    wakeups: int


def start_ours(desk: Desk) -> subprocess.Popen[str]:
    home = desk.folder / "ours"
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text(OURS)
    desk.env["PYTHONPATH"] = str(ROOT)
    return desk.start(sys.executable, "-m", "notifier", "--home", str(home), "run", log="notifier")


def start_gnubiff(desk: Desk) -> subprocess.Popen[str]:
    config = desk.folder / "gnubiff.xml"
    config.write_text(GNUBIFF)
    gnubiff = need("gnubiff", package="gnubiff")
    return desk.start(gnubiff, "--noconfigure", "--systemtray", f"--config={config}")


def start_mailnag(desk: Desk) -> subprocess.Popen[str]:
    folder = Path(desk.env["XDG_CONFIG_HOME"]) / "mailnag"
    folder.mkdir()
    (folder / "mailnag.cfg").write_text(MAILNAG)
    return desk.start(need("mailnag", package="mailnag"))


def switches(pid: int) -> dict[str, int]:
    """Context switches so far, by thread."""
    counts = {}
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        lines = status.read_text().splitlines()
        counts[status.parent.name] = sum(int(line.split()[-1]) for line in lines if "ctxt_switches" in line)
    return counts


def memory(pid: int) -> dict[str, int]:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {line.split(":")[0]: int(line.split()[1]) for line in lines if line.endswith("kB")}


def measure(desk: Desk, seconds: float) -> list[Measure]:
    start_xfce(desk)
    time.sleep(3)
    started = {"Notifier": start_ours(desk), "gnubiff": start_gnubiff(desk), "mailnag": start_mailnag(desk)}
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
        found.append(Measure(name, kept["Rss"], kept["Pss"], kept["Private_Dirty"], threads, woken))
    return found


def table(found: list[Measure], seconds: float) -> str:
    lines = [
        f"| program | resident kB | proportional kB | private dirty kB | threads | wake-ups in {seconds:.0f} s |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [f"| {m.name} | {m.rss} | {m.pss} | {m.dirty} | {m.threads} | {m.wakeups} |" for m in found]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description="Memory and wake-ups of the idle tray program beside its peers'.")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to watch the idle programs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tray-memory-") as folder, desk_in(Path(folder)) as desk:
        desk.start_bus()
        desk.start_display()
        found = measure(desk, options.seconds)
    today = datetime.datetime.now(tz=datetime.UTC).date()
    print(f"{today}, Python {sys.version.split()[0]}, {os.uname().sysname} {os.uname().machine}\n")
    print(table(found, options.seconds))


if __name__ == "__main__":
    main()
