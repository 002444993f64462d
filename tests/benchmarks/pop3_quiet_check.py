"""A quiet check beside `fetchmail --check`: round trips, bytes and time on the same Dovecot over TLS, 100 ms away.

Run as `python -m tests.benchmarks.pop3_quiet_check [SIZE…]`; prints a Markdown table.
"""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from notifier import pop3
from notifier.mailbox.snapshot import Known
from notifier.servers.secret import Secret
from tests.benchmarks.proxy import DelayingProxy
from tests.live.dovecot import Dovecot
from tests.live.needs import need

ONE_WAY = 0.05  # seconds
SETTLING = 5.0  # seconds until Dovecot trusts that a folder of mail which has just changed changes no more


@dataclass(frozen=True)
class Figures:
    program: str
    messages: int
    round_trips: int
    up: int
    down: int
    seconds: float


def ours(dovecot: Dovecot, proxy: DelayingProxy, user: str, messages: int) -> Figures:
    server = dovecot.server("tls", user)
    first = pop3.look(server, Secret("secret"))
    assert first.snapshot.count == messages
    known = Known(first.snapshot.count, first.snapshot.octets, first.snapshot.uids)
    behind = dataclasses.replace(server, port=proxy.port)
    started = time.monotonic()
    look = pop3.look(behind, Secret("secret"), known=known, remembered=first.capabilities)
    seconds = time.monotonic() - started
    assert look.snapshot.kept == messages
    return _figures("notifier", messages, proxy, seconds)


def fetchmail(dovecot: Dovecot, proxy: DelayingProxy, user: str, messages: int) -> Figures:
    program = need("fetchmail", package="fetchmail")
    with tempfile.TemporaryDirectory() as home:
        settings = Path(home) / "fetchmailrc"
        settings.write_text(
            f"poll localhost protocol pop3 port {proxy.port} uidl user {user} password secret ssl "
            f"sslcertfile {dovecot.ca_file} sslcertck keep\n"
        )
        settings.chmod(0o600)
        started = time.monotonic()
        done = subprocess.run(
            [program, "--check", "--nosyslog", "--fetchmailrc", str(settings), "--pidfile", f"{home}/pid"],
            env={**os.environ, "HOME": home, "FETCHMAILHOME": home},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        seconds = time.monotonic() - started
    assert f"{messages} message" in done.stdout, done.stdout + done.stderr
    return _figures("fetchmail --check", messages, proxy, seconds)


def _figures(program: str, messages: int, proxy: DelayingProxy, seconds: float) -> Figures:
    time.sleep(4 * proxy.delay)
    traffic = proxy.traffic[-1]
    return Figures(program, messages, traffic.round_trips, traffic.up, traffic.down, seconds)


def measure(folder: Path, sizes: tuple[int, ...], settling: float = SETTLING) -> list[Figures]:
    rows = []
    users = {f"m{size}": "secret" for size in sizes}
    with Dovecot(folder, users=users) as dovecot:
        for size in sizes:
            dovecot.deliver(size, f"m{size}", size=60)
            for _ in range(2):  # what it does once after a change is no part of a quiet check
                pop3.look(dovecot.server("tls", f"m{size}"), Secret("secret"))
                time.sleep(settling)
            with DelayingProxy(dovecot.tls_port, ONE_WAY) as proxy:
                rows.append(ours(dovecot, proxy, f"m{size}", size))
                rows.append(fetchmail(dovecot, proxy, f"m{size}", size))
    return rows


def table(rows: list[Figures]) -> str:
    lines = [
        "| messages | program | round trips | bytes up | bytes down | seconds |",
        "| ---: | --- | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {r.messages:,} | {r.program} | {r.round_trips} | {r.up:,} | {r.down:,} | {r.seconds:.2f} |" for r in rows
    ]
    return "\n".join(lines)


def main() -> None:
    sizes = tuple(int(a) for a in sys.argv[1:] if a.isdigit()) or (10, 10_000, 100_000)
    with tempfile.TemporaryDirectory(prefix="quiet-check-") as folder:
        print(f"A quiet check over TLS, {2 * ONE_WAY * 1000:.0f} ms a round trip:\n")
        print(table(measure(Path(folder), sizes)))


if __name__ == "__main__":
    main()
