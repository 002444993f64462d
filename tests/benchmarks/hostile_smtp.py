"""What becomes of a mail when its server misbehaves, for every step of a conversation and every kind of misbehaviour.

    python tests/benchmarks/hostile_smtp.py

`.` waiting: nothing was sent, it is tried again; `R` refused: the user is told; `?` uncertain: it may have been sent;
`S` sent. A capital `!` behind it would mean that the mail was lost or sent twice.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from notifier.outgoing import channel, submission  # noqa: E402 - the path comes first
from notifier.outgoing.draft import Draft  # noqa: E402
from notifier.outgoing.outbox import Outbox  # noqa: E402
from notifier.outgoing.states import State  # noqa: E402
from tests.live import certificates  # noqa: E402
from tests.live.certificates import Certificate  # noqa: E402
from tests.live.hostile_smtp import ACTS, STEPS, Hostile  # noqa: E402
from tests.outgoing.sending import NOW, send, server, submit  # noqa: E402

SIGNS = {State.WAITING: ".", State.REFUSED: "R", State.UNCERTAIN: "?", State.SENT: "S", State.SENDING: "!"}
ANSWERS_IN_THE_MIDDLE = ("drip", "450", "550", "garbage", "endless line", "endless reply", "empty")


def outcome(folder: Path, certificate: Certificate, step: str, act: str) -> str:
    """The sign for one misbehaviour; sent again an hour later to a good server, to see that nothing doubles."""
    with Outbox(folder / "outbox.db", now=NOW) as box:
        with Hostile(certificate.chain, certificate.key, acts={step: act}) as peer:
            submit(box, Draft(account="Work", to="a@x.org", text="x" * 76 * 100_000 if step == "body" else "x"))
            state = send(box, server(peer.port, security="starttls", ca=certificate.ca)).state
            taken = len(peer.taken)
        with Hostile(certificate.chain, certificate.key) as good:
            send(box, server(good.port, security="starttls", ca=certificate.ca), now=NOW + 7200)
            again = len(good.taken)
    lost = state == State.SENT and not taken
    doubled = taken and again and not (step == "dot" and act in {"421", "450"})  # the server itself said: not taken
    return SIGNS[state] + ("!" if lost or doubled else "")


def main() -> int:
    submission.DIALOGUE_SECONDS = submission.CHUNK_SECONDS = submission.FINAL_SECONDS = 0.7
    submission.QUIT_SECONDS, channel.TICK_SECONDS = 0.3, 0.2
    bad = 0
    with tempfile.TemporaryDirectory(prefix="hostile-") as name:
        certificate = certificates.make(Path(name) / "tls")
        print(f"| {'':8} | " + " | ".join(ACTS) + " |")
        print("|---" * (len(ACTS) + 1) + "|")
        for step in STEPS:
            cells = []
            for act in ACTS:
                if step == "body" and act in ANSWERS_IN_THE_MIDDLE:
                    cells.append(" ".center(len(act)))
                    continue
                sign = outcome(Path(name) / f"{step}-{act}", certificate, step, act)
                bad += sign.endswith("!")
                cells.append(sign.center(len(act)))
            print(f"| {step:8} | " + " | ".join(cells) + " |", flush=True)
    print(f"lost or doubled: {bad}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
