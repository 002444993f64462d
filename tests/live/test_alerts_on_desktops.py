"""Alerts as a person sees them: on dunst, xfce4-notifyd and mako, clicked, replaced, taken away, restarted under us."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from notifier import events as ev
from notifier.alerts import wording
from notifier.alerts.alert import Action, Alert, Answer, Urgency
from notifier.alerts.calm import Due, Mood, Preferences, decide
from notifier.alerts.senders.freedesktop import Freedesktop
from notifier.alerts.senders.seam import NotDelivered
from notifier.alerts.wording import alert_of
from tests.live.needs import artefact
from tests.live.notification_desktops import Desktop, Dunst, Mako, Xfce, desktop
from tests.live.private_bus import wait_until

pytestmark = pytest.mark.live

ICON = Path(wording.__file__).resolve().parents[2] / "icons" / "hicolor" / "48x48" / "apps" / "notifier.png"
NOW = 1_780_000_000.0


@pytest.fixture(scope="module", params=[Dunst, Xfce, Mako], ids=lambda kind: kind.name)
def shown_on(request: pytest.FixtureRequest) -> Iterator[Desktop]:
    with desktop(request.param) as it:
        yield it


@pytest.fixture
def answers() -> list[Answer]:
    return []


@pytest.fixture
def sender(shown_on: Desktop, answers: list[Answer], monkeypatch: pytest.MonkeyPatch) -> Iterator[Freedesktop]:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", shown_on.env["DBUS_SESSION_BUS_ADDRESS"])
    sender = Freedesktop(answers.append, image=ICON)
    yield sender
    sender.stop()
    if shown_on.alive:
        wait_until(lambda: shown_on.count() == 0, "the screen is empty again")


def new_mail(new: int, count: int, account: str = "Work") -> Alert:
    return alert_of([ev.NewMail(account, new, new, count)], now=NOW)


def test_an_alert_appears_and_a_later_one_takes_its_place(shown_on: Desktop, sender: Freedesktop) -> None:
    sender.send(new_mail(3, 41))
    wait_until(lambda: shown_on.count() == 1, "the alert")
    first = shown_on.popup(artefact(f"alert-{shown_on.name}.png"))
    assert first is not None
    sender.send(new_mail(5, 43))
    second = shown_on.popup(artefact(f"alert-{shown_on.name}-replaced.png"))
    assert shown_on.count() == 1 and second is not None
    assert abs((second[3] - second[1]) - (first[3] - first[1])) <= 4, "one alert, as high as before"
    assert shown_on.name[:4] in sender.name.lower() and sender.abilities.buttons


def test_two_accounts_have_two_alerts(shown_on: Desktop, sender: Freedesktop) -> None:
    sender.send(new_mail(3, 41))
    sender.send(alert_of([ev.QuotaStep("Home", "critical", 96.3, 481_600_000, 500_000_000)], now=NOW))
    wait_until(lambda: shown_on.count() == 2, "two alerts")
    assert shown_on.popup(artefact(f"alert-{shown_on.name}-two.png"))


def test_a_click_on_the_text(shown_on: Desktop, sender: Freedesktop, answers: list[Answer]) -> None:
    sender.send(new_mail(3, 41))
    wait_until(lambda: shown_on.count() == 1, "the alert")
    shown_on.click_text()
    wait_until(lambda: answers, "the click")
    # xfce4-notifyd draws the default action as a button, and a click beside its buttons closes the alert.
    expected = "dismissed" if isinstance(shown_on, Xfce) else "open"
    assert (answers[0].key, answers[0].account, answers[0].action) == ("account:Work", "Work", expected)
    assert not isinstance(shown_on, Mako) or answers[0].token, (
        "on Wayland a window needs the token to come to the front"
    )
    wait_until(lambda: shown_on.count() == 0, "an answered alert goes away")
    assert len(answers) == 1


@pytest.mark.parametrize(("label", "action"), [("Open mail", "open"), ("Mark as seen", "seen"), ("Write", "write")])
def test_a_button(shown_on: Desktop, sender: Freedesktop, answers: list[Answer], label: str, action: str) -> None:
    sender.send(new_mail(3, 41))
    wait_until(lambda: shown_on.count() == 1, "the alert")
    shown_on.click_button(label)
    wait_until(lambda: answers, f"the button {label}")
    assert [a.action for a in answers] == [action]


def test_taken_away(shown_on: Desktop, sender: Freedesktop, answers: list[Answer]) -> None:
    sender.send(new_mail(3, 41))
    wait_until(lambda: shown_on.count() == 1, "the alert")
    decision = decide([Due(1, ev.MailGone("Work"), NOW)], Preferences(), Mood(), NOW)
    for key in decision.close:
        sender.close(key)
    wait_until(lambda: shown_on.count() == 0, "gone")
    assert answers == []


def test_the_daemon_ends_and_comes_back(shown_on: Desktop, sender: Freedesktop) -> None:
    sender.send(new_mail(3, 41))
    wait_until(lambda: shown_on.count() == 1, "the alert")
    shown_on.stop()
    with pytest.raises(NotDelivered):
        sender.send(new_mail(4, 42))
    shown_on.start()
    sender.send(new_mail(4, 42))
    wait_until(lambda: shown_on.count() == 1, "the alert at the new daemon")


HOSTILE = {
    "markup": '<b>bold</b> <a href="https://evil.example/">click</a> <img src="/etc/passwd"/> a < b & c',
    "broken-markup": "<b>never closed & <script>x</script> &amp; &#x202e;",
    "option": "--wait",
    "bidi": "\u202egpj.exe",
    "lines": "one\ntwo\r\nthree\x1b[31m\x07",
    "long": "x" * 100_000,
    "emoji": "👩\u200d👩\u200d👧 Büro 北京",
}


@pytest.mark.parametrize("which", HOSTILE)
def test_hostile_words(shown_on: Desktop, sender: Freedesktop, which: str) -> None:
    words = HOSTILE[which]
    sender.send(alert_of([ev.TroubleLasts(words, "server-refused", words, words, NOW - 60, NOW + 60)], now=NOW))
    wait_until(lambda: shown_on.count() == 1, "the alert")
    box = shown_on.popup(artefact(f"alert-{shown_on.name}-{which}.png"))
    assert box is not None and box[3] - box[1] < 400, "a bounded alert"
    assert shown_on.alive


def test_raw_text_is_never_markup(shown_on: Desktop, sender: Freedesktop) -> None:
    """Two alerts that differ in their tags only are drawn with the tags, so the longer text is the wider drawing."""
    actions: tuple[Action, ...] = ()
    sender.send(Alert("a", "", "Plain", "bold and nothing else", Urgency.LOW, actions))
    wait_until(lambda: shown_on.count() == 1, "the alert")
    plain = shown_on.screenshot(artefact("plain.png"))
    sender.send(Alert("a", "", "Plain", "<b>bold</b> and nothing else", Urgency.LOW, actions))
    wait_until(lambda: shown_on.screenshot(artefact("tags.png")).tobytes() != plain.tobytes(), "the tags are seen")
    assert shown_on.alive
