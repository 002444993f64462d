"""A short run of the kill test; the long one is `tests/benchmarks/outbox_kill.py`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "benchmarks" / "outbox_kill.py"


@pytest.mark.live
def test_no_kill_loses_a_mail_or_sends_it_twice() -> None:
    command = [sys.executable, str(SCRIPT), "--runs", "20", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    tables = json.loads(done.stdout)
    assert done.returncode == 0, tables
    for table in tables.values():
        assert table["runs"] >= 15
        assert table["mails"] > 0
        assert table.get("lost", 0) == 0
        assert table.get("doubled", 0) == 0
    last = tables["after a sender that lived"]
    assert last.get("waiting", 0) == 0
    assert last["delivered"] + last.get("uncertain", 0) == last["mails"]
