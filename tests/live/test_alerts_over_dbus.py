"""The freedesktop sender on a real bus, against a service that is absent, late, replaced, poor or hostile."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier.alerts.alert import Action, Alert, Answer, Urgency
from notifier.alerts.senders import freedesktop
from notifier.alerts.senders.freedesktop import Freedesktop
from notifier.alerts.senders.seam import NotDelivered
from tests.live.fake_notifications import FakeNotifications, fake_notifications
from tests.live.private_bus import private_bus, wait_until

pytestmark = pytest.mark.live

MAIL = Alert(
    "account:Work",
    "Work",
    "Work: 3 new messages",
    "41 in the mailbox",
    actions=(Action("open", "Open mail"), Action("seen", "Mark as seen")),
    category="email.arrived",
)
HOME = Alert("account:Home", "Home", "Home: 1 new message")


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with private_bus(tmp_path / "b") as address:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        yield address


@pytest.fixture
def service(bus: str) -> Iterator[FakeNotifications]:
    with fake_notifications(bus) as service:
        yield service


@pytest.fixture
def answers() -> list[Answer]:
    return []


@pytest.fixture
def sender(bus: str, answers: list[Answer]) -> Iterator[Freedesktop]:
    sender = Freedesktop(answers.append)
    yield sender
    sender.stop()


def notified(service: FakeNotifications) -> list[tuple[object, ...]]:
    return service.named("Notify")


def test_an_alert_as_the_specification_has_it(service: FakeNotifications, sender: Freedesktop, tmp_path: Path) -> None:
    sender = Freedesktop(lambda _answer: None, image=tmp_path / "icon.png")
    sender.send(MAIL)
    assert sender.name == "desktop notifications (fake 1.0)"
    sender.stop()
    (name, replaces, icon, summary, body, actions, hints, timeout) = notified(service)[0]
    assert (name, replaces, summary, body) == ("Notifier", 0, "Work: 3 new messages", "41 in the mailbox")
    assert actions == ["default", "Open mail", "open", "Open mail", "seen", "Mark as seen"]
    assert icon == str(tmp_path / "icon.png") and hints["image-path"] == ("s", icon)
    assert hints["urgency"] == ("y", Urgency.NORMAL) and hints["category"] == ("s", "email.arrived")
    assert hints["desktop-entry"] == ("s", "notifier") and "x-canonical-private-synchronous" not in hints
    assert timeout == -1


def test_one_alert_for_each_account(service: FakeNotifications, sender: Freedesktop) -> None:
    for alert in (MAIL, HOME, MAIL, HOME):
        sender.send(alert)
    assert [call[1] for call in notified(service)] == [0, 0, 1, 2]


@pytest.mark.parametrize("reason", [1, 2, 3, 4])
def test_a_closed_alert_is_not_replaced(service: FakeNotifications, sender: Freedesktop, reason: int) -> None:
    sender.send(MAIL)
    service.say("NotificationClosed", 1, reason)
    wait_until(lambda: not sender._shown, "the alert is forgotten")
    sender.send(MAIL)
    assert [call[1] for call in notified(service)] == [0, 0]


def test_answers(service: FakeNotifications, sender: Freedesktop, answers: list[Answer]) -> None:
    sender.send(MAIL)
    service.say("ActivationToken", 1, "token-1")
    service.say("ActionInvoked", 1, "default")
    sender_said = [Answer("account:Work", "Work", "open", "token-1")]
    wait_until(lambda: answers == sender_said, "the click on the text")
    wait_until(lambda: service.named("CloseNotification") == [(1,)], "an answered alert goes away")
    service.say("NotificationClosed", 1, 2)  # which is no second answer

    sender.send(MAIL)
    service.say("ActionInvoked", 2, "seen")
    sender.send(HOME)
    service.say("NotificationClosed", 3, 2)
    sender_said += [Answer("account:Work", "Work", "seen"), Answer("account:Home", "Home", "dismissed")]
    wait_until(lambda: len(answers) == 3, "the button and the closing by hand")
    assert answers == sender_said


def test_what_others_say_and_what_is_not_ours_is_ignored(
    bus: str, service: FakeNotifications, sender: Freedesktop, answers: list[Answer]
) -> None:
    sender.send(MAIL)
    with fake_notifications(bus, name="") as impostor:
        impostor.say("ActionInvoked", 1, "write")  # our number, but not the service that gave it
        service.say("ActionInvoked", 99, "open")  # the service, but another program's alert
        service.say("ActionInvoked", 1, "seen")
        wait_until(lambda: answers, "our own answer")
    time.sleep(0.1)
    assert [a.action for a in answers] == ["seen"]


def test_an_answer_faster_than_the_reply(bus: str, sender: Freedesktop, answers: list[Answer]) -> None:
    """The click may be on the wire right behind the number: it must find the alert known already."""
    with fake_notifications(bus) as service:
        for _ in range(50):
            sender.send(MAIL)
            service.say("ActionInvoked", service.next - 1, "open")
        wait_until(lambda: len(answers) == 50, "fifty answers")


@pytest.mark.parametrize(
    ("can", "summary", "body", "actions"),
    [
        (("body", "body-markup"), "A <b> & C", "&lt;i&gt;x&lt;/i&gt; &amp; y\nz", []),
        (("body",), "A <b> & C", "<i>x</i> & y\nz", []),
        ((), "A <b> & C: <i>x</i> & y z", "", []),
        (("body", "actions"), "A <b> & C", "<i>x</i> & y\nz", ["default", "Open mail", "open", "Open mail"]),
    ],
)
def test_only_what_the_service_can_do(
    bus: str, sender: Freedesktop, can: tuple[str, ...], summary: str, body: str, actions: list[str]
) -> None:
    alert = Alert("k", "A", "A <b> & C", "<i>x</i> & y\nz", actions=(Action("open", "Open mail"),))
    with fake_notifications(bus, can=can) as service:
        sender.send(alert)
        assert notified(service)[0][3:6] == (summary, body, actions)


def test_a_sound_only_where_the_service_plays_it(bus: str, sender: Freedesktop) -> None:
    with fake_notifications(bus, can=("body", "sound")) as service:
        sender.send(MAIL.with_sound(True))
        sender.send(MAIL)
        assert sender.abilities.sound
        assert [call[6].get("sound-name") for call in notified(service)] == [("s", "message-new-email"), None]


def test_taken_away_when_it_is_no_longer_true(service: FakeNotifications, sender: Freedesktop) -> None:
    sender.send(MAIL)
    sender.close("account:Work")
    sender.close("account:Work")
    sender.close("account:Nobody")
    wait_until(lambda: service.named("CloseNotification") == [(1,)], "closed, once")


def test_nothing_dead_stays_on_the_screen_when_the_program_ends(service: FakeNotifications, bus: str) -> None:
    sender = Freedesktop(lambda _answer: None)
    sender.send(MAIL)
    sender.send(HOME)
    sender.stop()
    sender.stop()
    wait_until(lambda: sorted(service.named("CloseNotification")) == [(1,), (2,)], "both closed")


def test_no_service_is_not_delivered(sender: Freedesktop) -> None:
    with pytest.raises(NotDelivered, match="No notification service runs"):
        sender.send(MAIL)


def test_a_service_that_comes_late_is_noticed(bus: str) -> None:
    ready = threading.Event()
    sender = Freedesktop(lambda _answer: None, on_ready=ready.set)
    with pytest.raises(NotDelivered):
        sender.send(MAIL)
    with fake_notifications(bus) as service:
        assert ready.wait(10)
        sender.send(MAIL)
        assert len(notified(service)) == 1
    sender.stop()


def test_a_restarted_service_starts_counting_again(bus: str, sender: Freedesktop, answers: list[Answer]) -> None:
    with fake_notifications(bus) as first:
        sender.send(HOME)
        sender.send(MAIL)
        assert [call[1] for call in notified(first)] == [0, 0]
    wait_until(lambda: not sender._shown, "its alerts are forgotten")
    with pytest.raises(NotDelivered):
        sender.send(MAIL)
    with fake_notifications(bus, can=("body",)) as second:
        sender.send(MAIL)
        assert notified(second)[0][1] == 0  # number 1 was Home's at the first
        assert notified(second)[0][5] == []  # and the second knows no buttons
        second.say("ActionInvoked", 2, "open")
        second.say("ActionInvoked", 1, "open")
        wait_until(lambda: answers, "an answer")
        assert answers == [Answer("account:Work", "Work", "open")]


def test_a_service_that_hangs_or_refuses_is_not_delivered(
    service: FakeNotifications, sender: Freedesktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender.send(MAIL)
    service.refuses = True
    with pytest.raises(NotDelivered, match="LimitsExceeded"):
        sender.send(MAIL)
    service.refuses, service.silent = False, True
    monkeypatch.setattr(freedesktop, "ANSWER", 0.2)
    with pytest.raises(NotDelivered, match="did not answer"):
        sender.send(MAIL)
    service.silent = False
    sender.send(MAIL)


def test_a_lost_bus_is_not_delivered_and_a_new_one_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sender = Freedesktop(lambda _answer: None)
    for name in ("one", "two"):
        with private_bus(tmp_path / name) as address:
            monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
            with fake_notifications(address) as service:
                sender.send(MAIL)
                assert notified(service)[0][1] == 0
        with pytest.raises(NotDelivered):
            sender.send(MAIL)
    sender.close("account:Work")
    sender.stop()


@pytest.mark.parametrize("address", ["", "unix:path=/nonexistent/bus", "tcp:host=localhost,port=1", "nonsense"])
def test_no_bus_at_all(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/nonexistent")
    sender = Freedesktop(lambda _answer: None)
    with pytest.raises(NotDelivered):
        sender.send(MAIL)
    sender.close("account:Work")
    sender.stop()


def test_the_usual_place_of_the_bus_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with private_bus(tmp_path / "b") as address:
        (tmp_path / "bus").symlink_to(address.split("path=")[1].split(",")[0])
        monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        with fake_notifications(address) as service:
            sender = Freedesktop(lambda _answer: None)
            sender.send(MAIL)
            sender.stop()
            assert len(notified(service)) == 1
