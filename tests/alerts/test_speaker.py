"""Decisions carried out: one command for each account, once, whether or not the alert finds somebody to show it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from notifier.alerts.alert import Alert
from notifier.alerts.calm import Say
from notifier.alerts.senders.seam import Abilities, NotDelivered
from notifier.alerts.speaker import Speaker
from notifier.events import NewMail

WORK, HOME, LIST = NewMail("Work", 3, 5, 41), NewMail("Home", 1, 1, 1), NewMail("List", 9, 9, 9)
COMMANDS = {"Work": ("beep", "work"), "Home": ("beep", "home")}


class Desk:
    """A sender and a runner of commands that remember, and a notification service that can be away."""

    name = "desk"
    abilities = Abilities()

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.ran: list[tuple[Sequence[str], str]] = []
        self.away = False
        self.speaker = Speaker(self, run=self.run)

    def send(self, alert: Alert) -> None:
        if self.away:
            raise NotDelivered("nobody there")
        self.sent.append(alert.summary)

    def close(self, key: str) -> None: ...

    def stop(self) -> None: ...

    def run(self, command: Sequence[str], mail: NewMail) -> None:
        if command:
            self.ran.append((command, mail.account))


def say(*ids: int, arrived: tuple[NewMail, ...] = (WORK,)) -> Say:
    return Say(Alert("k", "Work", f"{ids}"), ids, arrived)


def test_one_call_for_each_account_that_has_a_command() -> None:
    desk = Desk()
    desk.speaker.say(say(1, 2, 3, arrived=(WORK, HOME, LIST)), COMMANDS)
    assert desk.ran == [(("beep", "work"), "Work"), (("beep", "home"), "Home")]
    assert desk.sent == ["(1, 2, 3)"]


def test_other_news_runs_no_command() -> None:
    desk = Desk()
    desk.speaker.say(say(1, arrived=()), COMMANDS)
    desk.speaker.say(say(2))
    assert desk.ran == [] and len(desk.sent) == 2


def test_an_alert_that_is_tried_again_commands_only_once() -> None:
    desk = Desk()
    desk.away = True
    for _ in range(3):
        with pytest.raises(NotDelivered):
            desk.speaker.say(say(1), COMMANDS)
    assert len(desk.ran) == 1 and desk.sent == []
    desk.away = False
    desk.speaker.say(say(1, 2), COMMANDS)  # and more mail came meanwhile
    assert len(desk.ran) == 2 and desk.sent == ["(1, 2)"]
