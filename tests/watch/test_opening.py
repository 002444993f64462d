"""How a window is started: the words of its command, and the folder it works in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from notifier.places import Places
from notifier.watch import opening


class _Ended:
    def wait(self) -> int:
        return 0


@pytest.mark.parametrize(
    ("command", "account", "words"),
    [
        ("setup", None, ["setup"]),
        ("setup", "Work", ["setup", "--", "Work"]),
        ("history", "-v", ["history", "--window", "--", "-v"]),
        ("outbox", "Work", ["outbox", "--window"]),
        ("compose", "Work", ["compose"]),
    ],
)
def test_the_command(monkeypatch: pytest.MonkeyPatch, command: str, account: str | None, words: list[str]) -> None:
    started: list[tuple[list[str], dict[str, Any]]] = []

    def start(line: list[str], **options: Any) -> _Ended:
        started.append((line, options))
        return _Ended()

    monkeypatch.setattr(opening.subprocess, "Popen", start)
    opening.open_window(command, Places(Path("/one"), Path("/one")), account)
    ((line, options),) = started
    assert line[3:] == words
    assert options["env"]["NOTIFIER_HOME"] == "/one"
