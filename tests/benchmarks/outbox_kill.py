"""Kills senders at random instants, hundreds of times, and counts what became of every mail.

    python tests/benchmarks/outbox_kill.py [--runs 300] [--seed N] [--json]

One run: a process stores three mails and begins to send them while a second one competes for them; both get SIGKILL at
a random instant, and so do two more that take over. Then everything is looked at: every mail that was stored must have
reached the server exactly once, or stand in the outbox as waiting, or as uncertain. At last a sender that lives sends
the rest, and it is counted again.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from notifier.config import Account, Server, Settings  # noqa: E402 - the path comes first
from notifier.outgoing.addresses import check  # noqa: E402
from notifier.outgoing.draft import Draft  # noqa: E402
from notifier.outgoing.outbox import Outbox  # noqa: E402
from notifier.outgoing.sending import send_due  # noqa: E402
from notifier.outgoing.states import State  # noqa: E402
from notifier.servers.secret import Secret  # noqa: E402

MAILS = 3
LEASE = 30.0  # seconds; the clock of those who come later is set forward, so nobody waits for it
LATER = 100.0


# --- the server: a process of its own, which notes every mail whose final dot arrived --------------------------------


def serve(record: Path, seed: int) -> None:
    from tests.live.hostile_smtp import Hostile

    chance = random.Random(seed)

    class Noted(list[bytes]):
        def append(self, mail: bytes) -> None:
            token = re.search(rb"(?m)^Subject: (\S+)", mail)
            assert token is not None
            with record.open("ab") as file:
                file.write(token[1] + b"\n")

    def dawdle(line: bytes) -> None:
        if line[:4] in _SLOW and chance.random() < 0.5:
            time.sleep(chance.random() * 0.012)

    with Hostile(on_line=dawdle, taken=Noted()) as peer:
        peer.lines = _Forgetful()
        print(peer.port, flush=True)
        sys.stdin.read()


_SLOW = (b"EHLO", b"AUTH", b"MAIL", b"RCPT", b"DATA", b".\r", b"QUIT")


class _Forgetful(list[bytes]):
    def append(self, line: bytes) -> None:
        pass


# --- the senders: forked, so that a kill costs a millisecond ---------------------------------------------------------


def fork(work: Callable[[], None]) -> int:
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            work()
        os._exit(0)
    return pid


def store(path: Path, tokens: list[str], stored: int, chance: random.Random) -> None:
    """Stores the mails, and says through the pipe `stored` which of them are promised to be safe."""
    with Outbox(path, now=time.time()) as box:
        for token in tokens:
            text = "line of text\n" * chance.choice([1, 100, 10_000, 60_000])
            draft = Draft("Work", "a@x.org", subject=token, text=text)
            box.submit(draft, check("me@example.org"), now=time.time(), date=datetime.now(UTC))
            os.write(stored, f"{token}\n".encode())


def send(path: Path, port: int, offset: float) -> None:
    server = Server("127.0.0.1", port, "none", "me")
    settings = Settings(accounts=(Account("Work", "me@example.org", Server("localhost", 995), smtp=(server,)),))
    with Outbox(path, now=time.time() + offset) as box:
        send_due(box, settings, lambda *_: Secret("x"), clock=lambda: time.time() + offset, lease_seconds=LEASE)


def kill(pids: list[int], chance: random.Random, span: float) -> None:
    """SIGKILL to each at its own random instant within `span` seconds."""
    end = time.monotonic()
    for at, pid in sorted((end + chance.random() * span, pid) for pid in pids):
        time.sleep(max(0.0, at - time.monotonic()))
        os.kill(pid, signal.SIGKILL)
    for pid in pids:
        os.waitpid(pid, 0)


def one_run(folder: Path, port: int, number: int, chance: random.Random) -> tuple[Path, list[str]]:
    """Stores, sends, kills; the outbox and the tokens of the mails whose storing was promised."""
    path = folder / f"run-{number}" / "outbox.db"
    tokens = [f"mail-{number}-{n}" for n in range(MAILS)]
    reader, writer = os.pipe()

    def first() -> None:
        store(path, tokens, writer, chance)
        send(path, port, 0)

    def second() -> None:
        while True:
            send(path, port, 0)
            time.sleep(0.002)

    kill([fork(first), fork(second)], chance, 0.35)
    os.close(writer)
    with os.fdopen(reader) as promised:
        safe = promised.read().split()
    for round_ in (1, 2):
        kill([fork(lambda r=round_: send(path, port, r * LATER))], chance, 0.12)  # type: ignore[misc]
    return path, safe


# --- counting --------------------------------------------------------------------------------------------------------


def count(path: Path, safe: list[str], delivered: Counter[str], table: Counter[str]) -> None:
    """Adds what became of each promised mail to `table`."""
    with Outbox(path, now=time.time()) as box:
        rows = {mail.draft.subject: mail.state for mail in box.mails(*State)}
    for token in safe:
        state, times = rows.get(token), delivered[token]
        if times > 1:
            table["doubled"] += 1
        elif state == State.UNCERTAIN:
            table["uncertain"] += 1
            table["uncertain, delivered"] += times
        elif times == 1:
            # The dot arrived, the answer did not: until its lease ends the row says so by being uncertain or sending.
            table["delivered" if state in {State.SENT, State.SENDING} else "lost"] += 1
        elif state in {State.WAITING, State.SENDING}:
            table["waiting"] += 1
        else:
            table["lost"] += 1


def reap(path: Path) -> None:
    with Outbox(path, now=time.time() + 3 * LATER) as box:
        box.untold(now=time.time() + 3 * LATER)


def measure(runs: int, seed: int) -> dict[str, Counter[str]]:
    after_kill, at_end = Counter[str](), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="outbox-kill-") as name:
        folder = Path(name)
        record = folder / "delivered"
        record.touch()
        peer = subprocess.Popen(
            [sys.executable, __file__, "--serve", str(record), "--seed", str(seed)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert peer.stdout is not None
            port = int(peer.stdout.readline())
            _all_runs(folder, record, port, runs, random.Random(seed), after_kill, at_end)
        finally:
            peer.kill()
            peer.wait(10)
    return {"after the kills": after_kill, "after a sender that lived": at_end}


def _all_runs(
    folder: Path,
    record: Path,
    port: int,
    runs: int,
    chance: random.Random,
    after_kill: Counter[str],
    at_end: Counter[str],
) -> None:
    for number in range(runs):
        path, safe = one_run(folder, port, number, chance)
        if not path.exists():  # killed before there was anything
            continue
        time.sleep(0.03)  # what is still in the server's hands arrives
        reap(path)
        count(path, safe, Counter(record.read_text().split()), after_kill)
        send(path, port, 4 * LATER)
        count(path, safe, Counter(record.read_text().split()), at_end)
        for table in (after_kill, at_end):
            table["runs"] += 1
            table["mails"] += len(safe)


def as_table(tables: dict[str, Counter[str]]) -> str:
    columns = ("runs", "mails", "delivered", "waiting", "uncertain", "uncertain, delivered", "lost", "doubled")
    lines = [f"| {'':26} | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for name, table in tables.items():
        lines.append(f"| {name:26} | " + " | ".join(str(table[c]).rjust(len(c)) for c in columns) + " |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.seed)
        return 0
    tables = measure(options.runs, options.seed)
    print(json.dumps(tables) if options.json else f"seed {options.seed}\n{as_table(tables)}")
    return 1 if any(table["lost"] or table["doubled"] for table in tables.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
