"""What a window may ask of the running program, and that nothing else is understood."""

from __future__ import annotations

from typing import Any

import pytest

from notifier import tray
from notifier.watch.doorway import action_of


@pytest.mark.parametrize(
    ("request_", "action"),
    [
        ({"action": "check"}, tray.CheckNow()),
        ({"action": "check", "account": "Work"}, tray.CheckNow("Work")),
        ({"action": "seen"}, tray.MarkSeen()),
        ({"action": "compose"}, tray.Compose()),
        ({"action": "pause", "for": "hour"}, tray.Pause(tray.PauseKind.HOUR)),
        ({"action": "pause", "for": "until-resumed"}, tray.Pause(tray.PauseKind.RESUMED)),
        ({"action": "resume"}, tray.Resume()),
        ({"action": "pause", "for": "a year"}, None),
        ({"action": "pause"}, None),
        ({"action": "rm -rf"}, None),
        ({}, None),
    ],
)
def test_actions_by_name(request_: dict[str, Any], action: tray.Action | None) -> None:
    assert action_of(request_) == action
