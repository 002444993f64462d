"""The simple senders: lengths as Windows takes them, texts that stay arguments, lines that stay lines."""

from __future__ import annotations

import importlib.util
import io
import logging
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.alerts.alert import Alert
from notifier.alerts.senders import choice
from notifier.alerts.senders import plyer as through_plyer
from notifier.alerts.senders.balloon import TEXT_UNITS, TITLE_UNITS, Balloon, clip
from notifier.alerts.senders.choice import Surroundings, choose, probes
from notifier.alerts.senders.osascript import command_for
from notifier.alerts.senders.plain import Log, Terminal
from notifier.alerts.senders.plyer import Plyer, disarmed
from notifier.alerts.senders.seam import NotDelivered


@pytest.mark.parametrize(
    ("text", "units", "clipped"),
    [
        ("short", 63, "short"),
        ("x" * 63, 63, "x" * 63),
        ("x" * 64, 63, "x" * 62 + "…"),
        ("📬" * 40, 63, "📬" * 31 + "…"),  # two units each, and 62 is the last even place
        ("x" + "📬" * 40, 63, "x" + "📬" * 30 + "…"),  # half a pair would be left over
        ("", 63, ""),
    ],
)
def test_clip(text: str, units: int, clipped: str) -> None:
    assert clip(text, units) == clipped


@given(st.text(), st.integers(2, 300))
def test_clipped_text_fits_and_is_whole(text: str, units: int) -> None:
    clipped = clip(text, units)
    assert len(clipped.encode("utf-16-le")) // 2 <= units
    assert clipped == text or clipped.endswith("…")


def test_a_balloon_has_a_title_and_a_text_of_the_right_lengths() -> None:
    shown: list[tuple[str, str]] = []
    sender = Balloon(lambda title, text: shown.append((title, text)))
    sender.send(Alert("k", "", "T" * 100, "x" * 500))
    sender.send(Alert("k", "", "Work: works again"))
    assert [(len(title), len(text)) for title, text in shown[:1]] == [(TITLE_UNITS, TEXT_UNITS)]
    assert shown[1] == ("Work: works again", "Work: works again")  # Windows shows nothing where the text is empty


def test_macos_text_is_an_argument_never_script() -> None:
    hostile = '-e" & (do shell script "touch /tmp/x") & "'
    command = command_for(Alert("k", "", hostile, hostile))
    assert command[:1] == ["osascript"] and command[-3:] == ["notifier", hostile, hostile]
    assert command[1:-3] == [
        *("-e", "on run argv"),
        *("-e", "display notification (item 3 of argv) with title (item 2 of argv)"),
        *("-e", "end run"),
    ]
    assert any("sound name" in part for part in command_for(Alert("k", "", "s", sound=True)))


def test_a_line_for_each_alert() -> None:
    stream = io.StringIO()
    sender = Terminal(stream, clock=lambda: 0.0)
    sender.send(Alert("k", "", "Work: 3 new messages", "41 in the mailbox\nThe mailbox is at least 91 % full."))
    sender.send(Alert("k", "", "Work: works again"))
    first, second = stream.getvalue().splitlines()
    assert first[5:] == "  Work: 3 new messages (41 in the mailbox. The mailbox is at least 91 % full.)"
    assert second[5:] == "  Work: works again" and first[2] == ":"


def test_the_log_is_the_last_resort(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        Log().send(Alert("k", "", "Work: 3 new messages", "41 in the mailbox"))
    assert "Work: 3 new messages (41 in the mailbox)" in caplog.text


@pytest.mark.parametrize("text", ["", " ", "-", "--wait", "-t5000", "--help", "<b>x</b>", "a\\nb", "plain"])
def test_disarmed(text: str) -> None:
    armed = disarmed(text)
    assert armed and armed[0] != "-" and not set("<>\\") & set(armed)
    assert disarmed("plain") == "plain"


@given(st.text())
def test_no_text_is_an_option(text: str) -> None:
    assert disarmed(text) and not disarmed(text).startswith("-")


def test_a_stuck_plyer_holds_nobody_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    free = threading.Event()
    monkeypatch.setattr(through_plyer, "LIMIT", 0.1)
    sender = Plyer()
    monkeypatch.setattr(sender, "_notify", lambda _alert, _failed: free.wait(20))
    with pytest.raises(NotDelivered, match="does not answer"):
        sender.send(Alert("k", "", "one"))
    with pytest.raises(NotDelivered, match="still stuck"):
        sender.send(Alert("k", "", "two"))
    free.set()


# --- the choice -------------------------------------------------------------------------------------------------------


@pytest.fixture
def nothing_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("nothing_here")
@pytest.mark.parametrize("platform", ["linux", "freebsd14", "darwin", "win32"])
def test_plyer_carries_the_job_where_nothing_better_is(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    there = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "jeepney" else there(name))
    monkeypatch.setattr(through_plyer, "means", lambda: "Something")
    assert choose(Surroundings(platform=platform)).name == "plyer"


@pytest.mark.usefixtures("nothing_here")
def test_without_a_session_bus_nothing_is_sent_into_the_void(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(through_plyer, "means", lambda: "notify-send")
    assert choose(Surroundings(platform="linux")).name == "the log"
    stream = io.StringIO()
    choose(Surroundings(platform="linux", last_resort=stream)).send(Alert("k", "", "Work: 1 new message"))
    assert stream.getvalue().endswith("Work: 1 new message\n")


@pytest.mark.usefixtures("nothing_here")
@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_the_log_is_always_there(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise NotDelivered("plyer finds nothing")

    monkeypatch.setattr(through_plyer, "means", none)
    assert choose(Surroundings(platform=platform)).name == "the log"
    found = probes(Surroundings(platform=platform))
    assert [(p.name, p.works) for p in found[-2:]] == [("plyer", False), ("log", True)]
    assert all(p.why for p in found)


def test_windows_speaks_through_its_icon() -> None:
    sender = choose(Surroundings(platform="win32", balloon=lambda _title, _text: None))
    assert sender.name == "the tray icon's own alerts"


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_the_terminal_when_it_is_asked_for(platform: str) -> None:
    stream = io.StringIO()
    choose(Surroundings(platform=platform, terminal=stream)).send(Alert("k", "", "Work: works again"))
    assert stream.getvalue().endswith("  Work: works again\n")


def test_macos_speaks_through_osascript(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "osascript").write_text("#!/bin/sh\n")
    (tmp_path / "osascript").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert choose(Surroundings(platform="darwin")).name == "macOS notifications (osascript)"


def test_without_jeepney_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice.importlib.util, "find_spec", lambda _name: None)
    assert [(p.name, p.works, p.remedy) for p in probes(Surroundings(platform="linux"))] == [
        ("desktop", False, "pip install jeepney"),
        ("plyer", False, "pip install plyer"),
        ("log", True, ""),
    ]
