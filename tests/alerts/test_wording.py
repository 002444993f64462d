"""Every event in the words that a person reads, and what hostile words cannot do to them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier import events as ev
from notifier.alerts.alert import Alert, Urgency
from notifier.alerts.wording import BODY_LIMIT, SUMMARY_LIMIT, alert_of, digest
from notifier.errors import Reason

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 5, 4, 14, 0, tzinfo=ZONE).timestamp()
MB = 1_000_000


def say(*events: ev.Event) -> Alert:
    return alert_of(events, now=NOW, zone=ZONE)


def trouble(reason: Reason, retry_in: float | None = 300, said: str = "", since: float = 1800) -> ev.TroubleLasts:
    retry_at = None if retry_in is None else NOW + retry_in
    return ev.TroubleLasts("Work", reason.value, "pop.example.org", said, NOW - since, retry_at)


@pytest.mark.parametrize(
    ("event", "summary", "body"),
    [
        (ev.NewMail("Work", 1, 1, 1), "Work: 1 new message", "1 in the mailbox"),
        (ev.NewMail("Work", 3, 3, 41), "Work: 3 new messages", "41 in the mailbox"),
        (ev.NewMail("Work", 1, 4, 42), "Work: 1 new message", "4 not seen yet, 42 in the mailbox"),
        (
            ev.QuotaStep("Home", "high", 91.9, 456 * MB, 500 * MB),
            "Home: at least 91 % full",
            "At least 456 of 500 MB; at 100 % new mail is refused.",
        ),
        (
            ev.QuotaStep("Home", "full", 102.4, 512 * MB, 500 * MB),
            "Home: the mailbox is full",
            "At least 512 of 500 MB: new mail may be refused. "
            "Delete mail there, or let your mail program keep it for less time.",
        ),
        (
            ev.FillingUp("Home", 6.2, 9.1, 14.4),
            "Home: full in about 9 days",
            "At this rate in 6 to 14 days. New mail is refused then.",
        ),
        (
            ev.FillingUp("Home", 0.2, 0.4, 1.2),
            "Home: full in about 1 day",
            "New mail is refused then.",
        ),
        (
            trouble(Reason.WRONG_PASSWORD, None, "[AUTH] Authentication failed."),
            "Work: login refused",
            "pop.example.org did not accept the user name and password. It says: “[AUTH] Authentication failed”. "
            "Enter the password again in the account's settings. Checks of this account wait until then. "
            "Since 13:30. It is not tried again by itself.",
        ),
        (
            trouble(Reason.TIMED_OUT),
            "Work: server out of reach",
            "pop.example.org did not answer in time. Since 13:30. Tried again at 14:05.",
        ),
        (
            trouble(Reason.STORE_LOCKED),
            "Work: waiting for the password store",
            "The desktop's password store is locked. Unlock it; the check is tried again by itself. "
            "Since 13:30. Tried again at 14:05.",
        ),
        (
            trouble(Reason.IN_USE, since=86400),
            "Work: cannot be checked",
            "The mailbox is in use by another program. Since 2026-05-03 14:00. Tried again at 14:05.",
        ),
        (ev.TroubleOver("Work", 7200), "Work: works again", "It could not be checked for 2 hours."),
        (
            ev.Watching("Work", 41),
            "Work: now being watched",
            "41 messages in the mailbox. New mail is announced from now on.",
        ),
        (
            ev.Renumbered("Work", 1),
            "Work: the server renamed its messages",
            "1 message in the mailbox. Which of them are new cannot be told this once.",
        ),
        (
            ev.StateLost("", "state.db.damaged"),
            "What Notifier remembered was damaged",
            "It was set aside as state.db.damaged. Every mailbox is learned again; nothing on the servers is touched.",
        ),
        (
            ev.StateStuck("", "No space left on device"),
            "Notifier cannot save its state",
            "The reason: “No space left on device”. It goes on from memory; "
            "after a restart some mail may be announced twice.",
        ),
        (ev.Summary("", (("Work", 3), ("Home", 2))), "5 new messages in the meantime", "Work 3, Home 2"),
        (ev.Summary("", (("Work", 1),)), "1 new message in the meantime", "Work 1"),
        (
            ev.Summary("", tuple((f"Box {n}", 1) for n in range(1, 10))),
            "9 new messages in the meantime",
            "Box 1 1, Box 2 1, Box 3 1, Box 4 1, Box 5 1, Box 6 1, others 3",
        ),
        (
            ev.MailRefused("Work", 7, "refused", "Lunch?", "550 5.7.1 Relay access denied"),
            "Mail refused: “Lunch?”",
            "It was not sent to everybody. It is kept in the outbox. The server says: “550 5.7.1 Relay access denied”",
        ),
        (
            ev.MailRefused("Work", 7, "uncertain", "", ""),
            "Perhaps sent: “(no subject)”",
            "The connection ended before the server confirmed it. It is not sent again unless you say so.",
        ),
        (
            ev.MailRefused("Work", 7, "waiting", "Lunch?", ""),
            "Still waiting: “Lunch?”",
            "It could not be sent so far. It is kept in the outbox and tried again.",
        ),
        (ev.MailGone("Work"), "Work: nothing new any more", ""),
    ],
)
def test_words(event: ev.Event, summary: str, body: str) -> None:
    alert = say(event)
    assert (alert.summary, alert.body) == (summary, body)
    assert alert.account == event.account


@pytest.mark.parametrize(
    ("event", "urgency", "buttons", "default"),
    [
        (ev.NewMail("Work", 3, 3, 41), Urgency.NORMAL, ["open", "seen", "write"], "open"),
        (ev.QuotaStep("Home", "warning", 80, 1, 1), Urgency.NORMAL, ["history", "open"], "history"),
        (ev.QuotaStep("Home", "critical", 95, 1, 1), Urgency.CRITICAL, ["history", "open"], "history"),
        (ev.QuotaStep("Home", "full", 100, 1, 1), Urgency.CRITICAL, ["history", "open"], "history"),
        (trouble(Reason.WRONG_PASSWORD, None), Urgency.CRITICAL, ["settings", "check"], "settings"),
        (trouble(Reason.CERTIFICATE_EXPIRED), Urgency.NORMAL, ["settings", "check"], "settings"),
        (trouble(Reason.TIMED_OUT), Urgency.NORMAL, ["check", "settings"], "check"),
        (ev.MailRefused("Work", 7, "refused", "", ""), Urgency.CRITICAL, ["outbox"], "outbox"),
        (ev.TroubleOver("Work", 7200), Urgency.LOW, [], "open"),
    ],
)
def test_what_can_be_done_about_it(event: ev.Event, urgency: Urgency, buttons: list[str], default: str) -> None:
    alert = say(event)
    assert (alert.urgency, [a.id for a in alert.actions], alert.default) == (urgency, buttons, default)


def test_every_reason_has_an_alert() -> None:
    for reason in Reason:
        alert = say(trouble(reason))
        assert alert.body and "{" not in alert.summary + alert.body


def test_what_happened_together_is_said_together() -> None:
    alert = say(ev.NewMail("Home", 3, 3, 41), ev.QuotaStep("Home", "high", 91.9, 456 * MB, 500 * MB))
    assert alert.summary == "Home: at least 91 % full"  # once a step, where new mail comes all day
    assert alert.body == "At least 456 of 500 MB; at 100 % new mail is refused.\n3 new messages."
    alert = say(ev.NewMail("Home", 2, 2, 41), ev.FillingUp("Home", 4.2, 5.1, 6.4))
    assert alert.summary == "Home: full in about 5 days"
    assert alert.body == "At this rate in 4 to 6 days. New mail is refused then.\n2 new messages."


def test_the_urgent_part_leads() -> None:
    alert = say(ev.NewMail("Home", 1, 1, 41), ev.QuotaStep("Home", "full", 100.2, 501 * MB, 500 * MB))
    assert alert.summary == "Home: the mailbox is full"
    assert alert.body.endswith("\n1 new message.")
    assert alert.urgency is Urgency.CRITICAL


def test_an_account_has_one_key_and_each_unsent_mail_its_own() -> None:
    assert say(ev.NewMail("Work", 1, 1, 1)).key == say(trouble(Reason.TIMED_OUT)).key
    assert say(ev.NewMail("Work", 1, 1, 1)).key != say(ev.NewMail("Home", 1, 1, 1)).key
    keys = {say(ev.MailRefused("Work", n, "refused", "", "")).key for n in (1, 2)}
    assert len(keys) == 2 and say(ev.NewMail("Work", 1, 1, 1)).key not in keys


def test_many_alerts_become_one() -> None:
    alerts = [say(ev.NewMail(f"Box {n}", n, n, n)) for n in range(1, 10)]
    alerts.append(say(ev.QuotaStep("Home", "full", 100, 500 * MB, 500 * MB)))
    one = digest(alerts)
    assert one.summary == "News from 10 mailboxes"
    assert one.body.splitlines()[0] == "Home: the mailbox is full"
    assert one.body.splitlines()[-1] == "and 4 more"
    assert one.urgency is Urgency.CRITICAL


HOSTILE = [
    "<b>bold</b><img src=x>",
    "line\nbreak\r\nand\ttab",
    "\u202egpj.exe\u2066",
    "\x1b[31mred\x07",
    "{account} {0} %s %(n)s",
    "--wait",
    "x" * 100_000,
    "\ud800lone",
    "",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_outside_words_stay_words(words: str) -> None:
    events: list[ev.Event] = [
        ev.NewMail(words, 1, 1, 1),
        ev.TroubleLasts(words, "timed-out", words, words, NOW, None),
        ev.MailRefused(words, 1, "refused", words, words),
        ev.StateLost("", words),
        ev.StateStuck("", words),
        ev.Summary("", ((words, 1), (words, 2))),
    ]
    for event in events:
        alert = say(event)
        assert len(alert.summary) <= SUMMARY_LIMIT and len(alert.body) <= BODY_LIMIT
        for text in (alert.summary, *alert.body.split("\n")):
            assert text.isprintable() and "\u202e" not in text and "\x1b" not in text
        (alert.summary + alert.body).encode("utf-8")


@given(st.text(), st.text(), st.integers(0, 10**12), st.floats(0, 1e5))
def test_no_text_breaks_the_bounds(name: str, said: str, count: int, percent: float) -> None:
    alert = alert_of(
        [ev.NewMail(name, count, count, count), ev.QuotaStep(name, "high", percent, count, count + 1)],
        now=NOW,
        zone=ZONE,
    )
    assert alert.summary.strip() and len(alert.summary) <= SUMMARY_LIMIT
    assert len(alert.body) <= BODY_LIMIT
