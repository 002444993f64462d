"""The running program as a whole, on an embedded server: what it says, what it answers at the door, what it keeps."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from notifier import tray
from notifier.alerts.alert import Alert, Answer
from notifier.alerts.senders.seam import Abilities, NotDelivered
from notifier.config import load
from notifier.demo.mailbox import Mailbox
from notifier.demo.pop3_server import Pop3Server
from notifier.places import Places
from notifier.servers.secret import Secret
from notifier.system import instance
from notifier.watch.program import Program
from tests.watch.conftest import until

SETTINGS = """\
[general]
on_click = "check"

[[account]]
name = "Work"
mailbox_limit = "1 kB"
[account.pop3]
host = "127.0.0.1"
port = {port}
security = "none"
user = "ann"
"""


class Ear:
    """A sender that notes what it was given; `deaf` makes it fail as an absent notification service does."""

    name = "ear"
    abilities = Abilities()

    def __init__(self) -> None:
        self.heard: list[Alert] = []
        self.closed: list[str] = []
        self.deaf = False

    def send(self, alert: Alert) -> None:
        if self.deaf:
            raise NotDelivered("nobody listens")
        self.heard.append(alert)

    def close(self, key: str) -> None:
        self.closed.append(key)

    def stop(self) -> None:
        pass


class Running:
    def __init__(self, folder: Path) -> None:
        self.box = Mailbox()
        self.server = Pop3Server({"ann": self.box}, {"ann": "good"})
        self.server.start()
        self.places = Places(folder, folder)
        self.places.config.write_text(SETTINGS.format(port=self.server.port))
        self.ear = Ear()
        self.begin()

    def begin(self) -> None:
        self.program = Program(
            self.places, load(self.places.config), lambda _account, _server: Secret("good"), self.ear
        )
        self.door = instance.Server(self.places.door, self.program.answer_door)
        self.program._thread.start()
        until(lambda: bool(self.status()["accounts"]) and self.account()["checked_at"] is not None, "the first check")

    def end(self) -> None:
        self.program.quit()
        self.program._thread.join(10)
        self.program._speaker.stop()
        self.program._store.close()
        self.door.stop()

    def status(self) -> dict[str, Any]:
        return self.ask({"do": "status"})

    def account(self) -> dict[str, Any]:
        found: dict[str, Any] = self.status()["accounts"][0]
        return found

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        reply = instance.ask(self.places.door, request, timeout=20)
        assert reply is not None
        return reply

    def check(self) -> dict[str, Any]:
        found: dict[str, Any] = self.ask({"do": "check"})["accounts"][0]
        return found

    def summaries(self) -> list[str]:
        return [a.summary for a in self.ear.heard]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path)
    yield made
    made.end()
    made.server.stop()


def test_new_mail_and_a_filling_mailbox_are_said_in_one_alert(running: Running) -> None:
    until(lambda: len(running.ear.heard) == 1, "the word that it watches")
    running.box.add(850)
    running.check()
    until(lambda: len(running.ear.heard) == 2, "the alert")
    alert = running.ear.heard[1]
    assert alert.account == "Work"
    assert "Work" in alert.summary
    assert "85 %" in alert.summary + alert.body
    assert "new" in alert.summary + alert.body


def test_what_could_not_be_said_is_said_later(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifier.watch.speaking.TRY_AGAIN", 0.2)
    until(lambda: len(running.ear.heard) == 1, "the word that it watches")
    running.ear.deaf = True
    running.box.add(10)
    running.check()
    until(lambda: "nobody listens" in (running.status()["note"] or ""), "the note in the menu")
    running.ear.deaf = False
    until(lambda: len(running.ear.heard) == 2, "the alert after all")
    until(lambda: running.status()["note"] is None, "the note gone")


def test_what_was_due_when_the_program_was_killed_is_said_by_the_next(running: Running) -> None:
    until(lambda: len(running.ear.heard) == 1, "the word that it watches")
    running.ear.deaf = True
    running.box.add(10)
    running.check()
    running.end()
    running.ear.deaf = False
    running.begin()
    until(lambda: any("new message" in s for s in running.summaries()), "the alert")
    assert len(running.ear.heard) == 2


def test_a_pause_holds_alerts_and_ends_in_one(running: Running) -> None:
    until(lambda: len(running.ear.heard) == 1, "the word that it watches")
    running.program.on_action(tray.Pause(tray.PauseKind.RESUMED))
    for _ in range(3):
        running.box.add(10)
        running.check()
    assert running.status()["paused_until"] == "resumed"
    assert running.account()["unseen"] == 3
    assert len(running.ear.heard) == 1
    running.program.on_action(tray.Resume())
    until(lambda: len(running.ear.heard) == 2, "the summary")
    assert "3 new" in running.ear.heard[1].summary + running.ear.heard[1].body


def test_a_check_asked_for_during_another_sees_what_came_meanwhile(running: Running) -> None:
    looked, go_on = threading.Event(), threading.Event()

    def hold(verb: str, _argument: str) -> None:
        if verb == "STAT" and not looked.is_set():
            looked.set()
            assert go_on.wait(20)

    running.server.hook = hold
    running.program.on_action(tray.CheckNow(None))
    assert looked.wait(20)
    running.box.add(10)
    replies: list[dict[str, Any]] = []
    asking = threading.Thread(target=lambda: replies.append(running.check()))
    asking.start()
    until(lambda: running.program._watcher._watched["Work"].again, "the question")
    go_on.set()
    asking.join(20)
    assert [reply["unseen"] for reply in replies] == [1]
    assert running.account()["unseen"] == 1


def test_a_pause_survives_a_restart(running: Running) -> None:
    running.program.on_action(tray.Pause(tray.PauseKind.RESUMED))
    until(lambda: running.status()["paused_until"] == "resumed", "the pause")
    running.end()
    running.begin()
    assert running.status()["paused_until"] == "resumed"


def test_mark_as_seen_from_menu_and_alert(running: Running) -> None:
    for act in (
        lambda: running.program.on_action(tray.MarkSeen()),
        lambda: running.program.on_answer(Answer("account:Work", "Work", "seen")),
    ):
        running.box.add(10)
        running.check()
        until(lambda: running.account()["unseen"] == 1, "one unseen")
        act()
        until(lambda: running.account()["unseen"] == 0, "none unseen")


def test_muting_is_written_to_the_settings_and_taken_at_once(running: Running) -> None:
    until(lambda: len(running.ear.heard) == 1, "the word that it watches")
    running.program.on_action(tray.Mute("Work", True))
    until(lambda: running.account()["muted"], "muted")
    assert load(running.places.config).accounts[0].muted
    running.box.add(10)
    assert running.check()["new"] == 1
    assert len(running.ear.heard) == 1


def test_settings_edited_by_hand_are_taken_and_faults_are_named(running: Running) -> None:
    path = running.places.config
    good = path.read_text()
    path.write_text(good.replace('"1 kB"', '"2 kB"'))
    running.ask({"do": "reload"})
    until(lambda: running.check()["quota"]["limit"] == 2000, "the new limit")
    path.write_text(good.replace('"1 kB"', '"lots"'))
    running.ask({"do": "reload"})
    until(lambda: "lots" in (running.status()["note"] or ""), "the fault named")
    assert running.check()["quota"]["limit"] == 2000
    path.write_text(good)
    running.ask({"do": "reload"})
    until(lambda: running.status()["note"] is None, "the fault gone")


def test_a_click_does_what_the_settings_say(running: Running) -> None:
    before = running.server.wire.count("STAT")
    running.program.on_action(tray.Click())
    until(lambda: running.server.wire.count("STAT") > before, "the check")


def test_other_processes_speak_to_the_running_one(running: Running) -> None:
    running.box.add(10)

    def notifier(*words: str) -> subprocess.CompletedProcess[str]:
        home = str(running.places.config_folder)
        return subprocess.run(
            [sys.executable, "-m", "notifier", "--home", home, *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    done = notifier("check", "--json")
    assert (done.returncode, json.loads(done.stdout)["accounts"][0]["new"]) == (0, 1)
    status = json.loads(notifier("status", "--json").stdout)
    assert (status["running"], status["alerts"], status["accounts"][0]["unseen"]) == (True, "ear", 1)
    second = notifier("run", "--no-tray")
    assert second.returncode == 0
    assert "running already" in second.stdout
    assert notifier("quit").returncode == 0
    running.program._thread.join(10)
    assert not running.program._thread.is_alive()


def test_the_door_answers_many_at_once(running: Running) -> None:
    replies: list[dict[str, Any]] = []
    callers = [threading.Thread(target=lambda: replies.append(running.check())) for _ in range(6)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(30)
    assert [r["ok"] for r in replies] == [True] * 6
