"""A fault inside a window is said in its status line, and what the window does again and again goes on."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.desktop import ROOT, Desk, desk_in

pytestmark = pytest.mark.live

SCRIPT = """
import json
from notifier.outgoing.ledger import OutboxStuckError
from notifier.windows.look import StatusLine, dress

look = dress("A window", wanted="light")
line = StatusLine(look.root)
line.pack()
faults = [ValueError("nobody thought of it"), OutboxStuckError("database or disk is full")]
said, turns = [], 0

def work():
    global turns
    turns += 1
    said.append(line.cget("text"))
    if turns == 6:
        look.root.destroy()
    elif turns <= 4:
        raise faults[turns // 3]

look.every(20, work)
look.show()
look.root.mainloop()
print(json.dumps(said))
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_in(tmp_path) as desk:
        desk.start_display()
        desk.env["PYTHONPATH"] = str(ROOT)
        yield desk


def test_faults_are_said_and_end_nothing(desk: Desk) -> None:
    said = json.loads(desk.run(sys.executable, "-c", SCRIPT))
    assert said[0] == ""
    assert said[1] == "⚠ This window met a fault of the program itself (ValueError: nobody thought of it)."
    assert said[1] == said[2]
    assert said[3:] == ["⚠ database or disk is full"] * 3
