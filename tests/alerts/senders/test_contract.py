"""What every sender promises, asked of each: only NotDelivered is raised, and closing or stopping breaks nothing."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable

import pytest

from notifier.alerts.alert import Action, Alert, Urgency
from notifier.alerts.senders.balloon import Balloon
from notifier.alerts.senders.freedesktop import Freedesktop
from notifier.alerts.senders.osascript import Osascript
from notifier.alerts.senders.plain import Log, Terminal
from notifier.alerts.senders.plyer import Plyer
from notifier.alerts.senders.seam import Abilities, NotDelivered, Sender
from notifier.alerts.senders.sounding import Sounding

ALERT = Alert("account:Work", "Work", "Work: 3 new messages", "41 in the mailbox", Urgency.NORMAL, (Action("a", "A"),))


def nothing(*_arguments: object) -> None:
    pass


def fails(*_arguments: object) -> None:
    raise subprocess.CalledProcessError(1, "osascript")


def crashes(*_arguments: object) -> None:
    raise RuntimeError("the icon is gone")


def closed_stream() -> io.StringIO:
    stream = io.StringIO()
    stream.close()
    return stream


WORKING: dict[str, Callable[[], Sender]] = {
    "balloon": lambda: Balloon(nothing),
    "osascript": lambda: Osascript(nothing),
    "terminal": lambda: Terminal(io.StringIO()),
    "log": Log,
    "with sound": lambda: Sounding(Log(), play=lambda: False),
}
BROKEN: dict[str, Callable[[], Sender]] = {
    "balloon": lambda: Balloon(crashes),
    "osascript": lambda: Osascript(fails),
    "terminal": lambda: Terminal(closed_stream()),
    "terminal that cannot say it": lambda: Terminal(io.TextIOWrapper(io.BytesIO(), "ascii")),
    "plyer": lambda: Plyer(reachable=lambda: False),
    "with sound": lambda: Sounding(Balloon(crashes)),
    "desktop": lambda: Freedesktop(nothing),
}


@pytest.fixture(autouse=True)
def no_bus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")


@pytest.mark.parametrize("which", [*WORKING, *BROKEN])
def test_closing_and_stopping_never_fail(which: str) -> None:
    sender = (WORKING | BROKEN)[which]()
    sender.close("account:Nobody")
    sender.stop()
    sender.stop()
    sender.close("account:Work")
    assert sender.name and isinstance(sender.abilities, Abilities)


@pytest.mark.parametrize("which", WORKING)
@pytest.mark.parametrize("body", ["41 in the mailbox", "", "two\nlines"])
def test_an_alert_is_delivered(which: str, body: str) -> None:
    sender = WORKING[which]()
    sender.send(Alert("k", "", "Work: 3 new messages", body))
    sender.send(ALERT)
    sender.close(ALERT.key)


@pytest.mark.parametrize("which", BROKEN)
def test_what_goes_wrong_is_not_delivered_and_nothing_else(which: str) -> None:
    sender = BROKEN[which]()
    alert = Alert("k", "", "Büro: 3 neue 📬")
    for _ in range(2):
        with pytest.raises(NotDelivered) as told:
            sender.send(alert)
        assert str(told.value)
