"""What comes with an alert of new mail: the user's command with its facts, and a sound that is heard once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from notifier.alerts import command, sound
from notifier.alerts.alert import Alert
from notifier.alerts.command import run_command
from notifier.alerts.senders.seam import Abilities, NotDelivered
from notifier.alerts.senders.sounding import Sounding
from notifier.events import NewMail
from tests.live.private_bus import wait_until

MAIL = NewMail("Work", 3, 5, 41)


class Recorder:
    """A sender that remembers, and that fails on request."""

    name = "recorder"

    def __init__(self, abilities: Abilities = Abilities()) -> None:  # noqa: B008 - a frozen value
        self.abilities = abilities
        self.sent: list[Alert] = []
        self.fails = False

    def send(self, alert: Alert) -> None:
        if self.fails:
            raise NotDelivered("nobody there")
        self.sent.append(alert)

    def close(self, key: str) -> None: ...

    def stop(self) -> None: ...


def write_facts(out: Path) -> list[str]:
    """A command that adds a line with its facts to `out`."""
    script = (
        "import os, sys; "
        "facts = {k: v for k, v in sorted(os.environ.items()) if k.startswith('NOTIFIER_')}; "
        "open(sys.argv[1], 'a').write(repr(facts) + chr(10))"
    )
    return [sys.executable, "-c", script, str(out)]


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def test_a_command_gets_the_facts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFIER_HOME", raising=False)
    run_command(write_facts(tmp_path / "out"), MAIL)
    wait_until(lambda: lines(tmp_path / "out"), "the command ran")
    facts = {"NOTIFIER_ACCOUNT": "Work", "NOTIFIER_COUNT": "41", "NOTIFIER_NEW": "3", "NOTIFIER_UNSEEN": "5"}
    assert lines(tmp_path / "out") == [repr(facts)]


def test_a_command_that_hangs_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(command, "LIMIT", 0.5)
    run_command(["sleep", "1000"], MAIL)
    wait_until(lambda: "was ended" in caplog.text, "it was ended")


def test_no_command_is_nothing_to_do(caplog: pytest.LogCaptureFixture) -> None:
    run_command((), MAIL)
    assert not caplog.text


def test_a_command_that_cannot_run_is_logged_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    for impossible in (["/nonexistent/program"], ["zero\0character"], [""]):
        run_command(impossible, MAIL)
    assert caplog.text.count("the command of Work cannot be run") == 3


@pytest.mark.parametrize(
    ("wanted", "inner_plays", "played"), [(True, False, 1), (True, True, 0), (False, False, 0), (False, True, 0)]
)
def test_a_sound_is_heard_once(wanted: bool, inner_plays: bool, played: int) -> None:
    heard: list[int] = []
    sender = Sounding(Recorder(Abilities(sound=inner_plays)), play=lambda: heard.append(1) is None)
    sender.send(Alert("k", "Work", "…", sound=wanted))
    assert len(heard) == played


def test_no_sound_for_an_alert_that_nobody_saw() -> None:
    heard: list[int] = []
    recorder = Recorder()
    recorder.fails = True
    with pytest.raises(NotDelivered):
        Sounding(recorder, play=lambda: heard.append(1) is None).send(Alert("k", "", "…", sound=True))
    assert not heard


# --- which player ---


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with neither players nor sounds."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "share"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own"))
    return tmp_path


def player(machine: Path, name: str) -> None:
    program = machine / "bin" / name
    program.write_text(f'#!/bin/sh\necho "$0 $@" > {machine}/played\n')
    program.chmod(0o755)


def recorded(machine: Path, folder: str = "share", name: str = "message-new-email") -> Path:
    file = machine / folder / "sounds" / "freedesktop" / "stereo" / f"{name}.oga"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"OggS")
    return file


def test_a_silent_machine(bare: Path) -> None:
    assert sound.command_for("linux") == () and sound.play() is False
    player(bare, "paplay")
    assert sound.play() is False  # a player, but nothing to play


def test_the_sound_theme_of_the_desktop_comes_first(bare: Path) -> None:
    player(bare, "paplay")
    file = recorded(bare)
    assert sound.command_for("linux") == ("paplay", str(file))
    player(bare, "pw-play")
    assert sound.command_for("linux") == ("pw-play", str(file))
    own = recorded(bare, "own")
    assert sound.command_for("linux") == ("pw-play", str(own))
    player(bare, "canberra-gtk-play")
    assert sound.command_for("linux")[:2] == ("canberra-gtk-play", "--id=message-new-email")


def test_a_theme_without_the_special_sound_gives_the_general_one(bare: Path) -> None:
    player(bare, "paplay")
    general = recorded(bare, name="message")
    assert sound.command_for("linux") == ("paplay", str(general))
    nearer = recorded(bare, name="message-new")
    assert sound.command_for("linux") == ("paplay", str(nearer))


def test_it_is_played(bare: Path) -> None:
    player(bare, "paplay")
    file = recorded(bare)
    assert sound.play() is True
    wait_until(lambda: (bare / "played").exists() and (bare / "played").read_text(), "the player ran")
    assert (bare / "played").read_text().strip() == f"{bare}/bin/paplay {file}"


def test_macos_has_its_own() -> None:
    assert sound.command_for("darwin")[0] == "afplay"
