"""plyer as it really is on Linux: its `notify-send`, given words that are options, markup, nothing, or endless."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier.alerts.alert import Alert
from notifier.alerts.senders.choice import Surroundings, probes
from notifier.alerts.senders.plyer import Plyer, means
from notifier.alerts.senders.seam import NotDelivered
from tests.live.fake_notifications import fake_notifications
from tests.live.needs import need
from tests.live.private_bus import private_bus

pytestmark = pytest.mark.live


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    need("notify-send", package="libnotify-bin")
    with private_bus(tmp_path / "b") as address:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        yield address


@pytest.mark.parametrize(
    "text",
    ["Work: 3 new messages", "--wait", "--help", "-t5000", "--app-name=EVIL", "-", "", "<b>x</b> & y", "x" * 5000],
)
def test_every_text_is_shown_and_none_is_obeyed(bus: str, text: str) -> None:
    assert means() in {"NotifySendNotification", "NotifyDbus"}
    with fake_notifications(bus) as service:
        Plyer().send(Alert("k", "", text, text))
        ((name, replaces, _icon, summary, body, _actions, _hints, _timeout),) = service.named("Notify")
        assert (name, replaces) == ("Notifier", 0)
        plain = text.replace("<", "‹").replace(">", "›")
        assert summary.strip("\u2060") == plain and body.strip("\u2060") == plain


def test_with_nobody_to_show_it_nothing_is_lost_silently(bus: str) -> None:
    found = {probe.name: probe for probe in probes(Surroundings())}
    assert not found["desktop"].works and not found["plyer"].works
    assert "dunst" in found["desktop"].remedy
    with fake_notifications(bus):
        found = {probe.name: probe for probe in probes(Surroundings())}
        assert found["desktop"].works and found["plyer"].works
        assert "fake 1.0" in found["desktop"].why


def test_probing_shows_nothing_and_says_nothing(bus: str) -> None:
    """`notifier doctor` asks all the ways; plyer's own warnings stay out of its output."""
    ask = "from notifier.alerts.senders.choice import *; print(len(probes(Surroundings())))"
    with fake_notifications(bus) as service:
        done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, timeout=60, check=True)
        assert (done.stdout, done.stderr) == ("3\n", "")
        assert service.named("Notify") == []


def test_the_sender_asks_first_whether_anybody_listens(bus: str) -> None:
    from notifier.alerts.senders.choice import heard

    sender = Plyer(reachable=heard)
    with pytest.raises(NotDelivered):
        sender.send(Alert("k", "", "Work: 3 new messages"))
    with fake_notifications(bus) as service:
        sender.send(Alert("k", "", "Work: 3 new messages"))
        assert len(service.named("Notify")) == 1
