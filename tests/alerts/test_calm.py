"""The calm rules as a table: what is due, what the user wants, what is then said, kept and dropped."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier import events as ev
from notifier.alerts.alert import Urgency
from notifier.alerts.calm import BURST, BURST_SPAN, Decision, Due, Mood, Preferences, Said, decide
from notifier.config import Account, General, QuietHours, Server, Settings
from notifier.overview import AccountState

ZONE = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 5, 4, 12, 0, tzinfo=ZONE).timestamp()
NIGHT = datetime(2026, 5, 4, 23, 0, tzinfo=ZONE).timestamp()
MORNING = datetime(2026, 5, 5, 7, 0, tzinfo=ZONE).timestamp()
QUIET = Preferences(quiet_hours=QuietHours(22 * 60, 7 * 60))
MB = 1_000_000


def mail(account: str = "Work", new: int = 1, unseen: int | None = None, count: int = 41) -> ev.NewMail:
    return ev.NewMail(account, new, new if unseen is None else unseen, count)


def trouble(account: str = "Work") -> ev.TroubleLasts:
    return ev.TroubleLasts(account, "timed-out", "pop.example.org", "", NOON - 1800, NOON + 300)


def quota(level: str, account: str = "Work") -> ev.QuotaStep:
    return ev.QuotaStep(account, level, {"warning": 80.0, "high": 91.0, "full": 101.0}[level], 455 * MB, 500 * MB)


def due(*events: ev.Event) -> list[Due]:
    return [Due(n, event, NOON - 60) for n, event in enumerate(events, 1)]


def now_at_noon(*events: ev.Event, wants: Preferences = QUIET, mood: Mood | None = None) -> Decision:
    return decide(due(*events), wants, mood or Mood(), NOON, zone=ZONE)


def said(decision: Decision) -> list[str]:
    return [say.alert.summary for say in decision.say]


@pytest.mark.parametrize(
    ("events", "summaries", "dropped"),
    [
        ([], [], ()),
        ([mail(new=3)], ["Work: 3 new messages"], ()),
        ([mail(), mail("Home")], ["Work: 1 new message", "Home: 1 new message"], ()),
        ([mail(new=2), mail(new=1, unseen=3)], ["Work: 3 new messages"], ()),  # two arrivals, one alert
        ([mail(new=2), mail(new=1, unseen=1)], ["Work: 1 new message"], ()),  # the first two are gone by now
        ([mail(), ev.MailGone("Work")], [], (1, 2)),
        ([ev.MailGone("Work"), mail()], ["Work: 1 new message"], (1,)),
        ([mail("Home"), ev.MailGone("Work")], ["Home: 1 new message"], (2,)),
        ([trouble(), ev.TroubleOver("Work", 60)], [], (1, 2)),
        ([ev.TroubleOver("Work", 60)], ["Work: works again"], ()),
        ([ev.TroubleOver("Work", 60), trouble()], ["Work: server out of reach"], (1,)),
        ([quota("warning"), quota("high")], ["Work: at least 91 % full"], (1,)),
        ([mail(), quota("high")], ["Work: at least 91 % full"], ()),
        ([ev.Watching("Work", 4), mail()], ["Work: 1 new message"], ()),
        ([mail(), ev.Watching("Work", 4)], ["Work: now being watched"], (1,)),  # another mailbox by the same name
        (
            [ev.MailRefused("Work", 1, "refused", "A", ""), ev.MailRefused("Work", 2, "refused", "B", "")],
            ["Mail refused: “A”", "Mail refused: “B”"],
            (),
        ),
        (
            [ev.MailRefused("Work", 1, "waiting", "A", ""), ev.MailRefused("Work", 1, "refused", "A", "")],
            ["Mail refused: “A”"],
            (1,),
        ),
        ([mail(f"Box {n}") for n in range(3)], [f"Box {n}: 1 new message" for n in range(3)], ()),
        ([mail(f"Box {n}") for n in range(4)], ["News from 4 mailboxes"], ()),
    ],
)
def test_at_noon(events: list[ev.Event], summaries: list[str], dropped: tuple[int, ...]) -> None:
    decision = now_at_noon(*events)
    assert said(decision) == summaries
    assert sorted(decision.drop) == list(dropped)
    handled = {i for say in decision.say for i in say.ids} | set(decision.drop)
    assert handled == set(range(1, len(events) + 1)) and decision.ask_again_at is None


def test_mail_that_is_gone_takes_its_alert_away() -> None:
    shown = now_at_noon(mail()).say[0].alert
    assert now_at_noon(ev.MailGone("Work")).close == (shown.key,)


def test_a_muted_account_says_nothing_but_what_concerns_mail_written_by_the_user() -> None:
    wants = Preferences(muted=frozenset({"Work"}))
    refused = ev.MailRefused("Work", 1, "refused", "Lunch?", "")
    decision = now_at_noon(mail(), quota("full"), trouble("Home"), refused, wants=wants)
    assert said(decision) == ["Home: server out of reach", "Mail refused: “Lunch?”"]
    assert decision.drop == (1, 2)


def test_quiet_hours_hold_everything_until_their_end() -> None:
    decision = decide(due(mail(), quota("full")), QUIET, Mood(), NIGHT, zone=ZONE)
    assert decision.say == () and decision.drop == () and decision.ask_again_at == MORNING
    assert decide([], QUIET, Mood(), NIGHT, zone=ZONE).ask_again_at is None  # nothing waits: nothing to wake for


def test_what_is_gone_before_the_morning_is_not_told_in_the_morning() -> None:
    night = decide(due(mail()), QUIET, Mood(), NIGHT, zone=ZONE)
    assert decide(due(mail(), ev.MailGone("Work")), QUIET, night.mood, NIGHT + 60, zone=ZONE).drop == (1, 2)


def test_one_sentence_for_the_whole_night() -> None:
    events = [mail("Work", 2), mail("Home", 1), mail("Work", 1, unseen=3), quota("full", "Home")]
    night = decide(due(*events), QUIET, Mood(), NIGHT, zone=ZONE)
    morning = decide(due(*events), QUIET, night.mood, MORNING, zone=ZONE)
    assert said(morning) == ["4 new messages in the meantime"]
    assert morning.say[0].alert.body == "Work 3, Home 1\nHome: the mailbox is full"
    assert morning.say[0].alert.urgency is Urgency.CRITICAL
    assert sorted(i for say in morning.say for i in say.ids) == [1, 2, 3, 4]
    assert [(m.account, m.new) for m in morning.say[0].arrived] == [("Work", 3), ("Home", 1)]
    assert morning.mood.waited == frozenset()


def test_a_night_without_mail_is_one_sentence_too() -> None:
    events = [quota("warning"), quota("full", "Home")]
    night = decide(due(*events), QUIET, Mood(), NIGHT, zone=ZONE)
    (say,) = decide(due(*events), QUIET, night.mood, MORNING, zone=ZONE).say
    lines = [say.alert.summary, *say.alert.body.splitlines()]
    assert any("Home: the mailbox is full" in line for line in lines)
    assert any(line.startswith("Work: ") for line in lines)
    assert sorted(say.ids) == [1, 2]


def test_one_account_alone_keeps_its_own_alert_with_its_buttons() -> None:
    night = decide(due(mail(new=2)), QUIET, Mood(), NIGHT, zone=ZONE)
    morning = decide(due(mail(new=2)), QUIET, night.mood, MORNING, zone=ZONE)
    assert said(morning) == ["Work: 2 new messages"] and morning.say[0].alert.account == "Work"


@pytest.mark.parametrize(
    ("paused_until", "now", "silent_until"),
    [
        (NOON + 3600, NOON, NOON + 3600),
        (NOON - 1, NOON, None),
        (float("inf"), NOON, float("inf")),
        (float("inf"), NIGHT, float("inf")),
        (NIGHT, NOON, MORNING),  # the pause ends within the quiet hours: silence goes on
        (NIGHT + 60, NIGHT, MORNING),
        (MORNING + 60, NIGHT, MORNING + 60),
        (None, NIGHT, MORNING),
    ],
)
def test_silence(paused_until: float | None, now: float, silent_until: float | None) -> None:
    wants = Preferences(QUIET.quiet_hours, paused_until)
    assert wants.silent_until(now, ZONE) == silent_until


def test_a_pause_until_resumed_wakes_nobody() -> None:
    decision = now_at_noon(mail(), wants=Preferences(paused_until=float("inf")))
    assert decision.say == () and decision.ask_again_at is None


def test_a_busy_account_speaks_three_times_in_a_quarter_of_an_hour() -> None:
    mood, alerts, again = Mood(), 0, None
    for minute in range(6):
        decision = decide([Due(1, mail(), NOON)], QUIET, mood, NOON + minute * 60, zone=ZONE)
        mood, alerts, again = decision.mood, alerts + len(decision.say), decision.ask_again_at
    assert alerts == BURST and again == NOON + BURST_SPAN
    later = decide(due(mail(new=1), mail(new=2, unseen=9)), QUIET, mood, NOON + BURST_SPAN, zone=ZONE)
    assert said(later) == ["Work: 3 new messages"]


def test_a_busy_account_silences_no_other_and_no_other_news() -> None:
    mood = Mood(said=tuple(Said("Work", NOON - n) for n in range(BURST)))
    decision = now_at_noon(mail(), mail("Home"), quota("high"), mood=mood)
    assert said(decision) == ["Home: 1 new message", "Work: at least 91 % full"]


def test_a_clock_set_back_does_not_silence_for_long() -> None:
    mood = Mood(said=tuple(Said("Work", NOON + 86400) for _ in range(BURST)))
    assert said(now_at_noon(mail(), mood=mood)) == ["Work: 1 new message"]


def test_new_mail_carries_on_that_the_mailbox_is_nearly_full() -> None:
    state = AccountState("Work", percent=91.2, level="high", octets=456 * MB, limit=500 * MB)
    decision = decide(due(mail()), QUIET, Mood(), NOON, mailboxes={"Work": state}, zone=ZONE)
    assert decision.say[0].alert.body == "41 in the mailbox\nThe mailbox is at least 91 % full."
    low = AccountState("Work", percent=81.2, level="warning", octets=406 * MB, limit=500 * MB)
    decision = decide(due(mail()), QUIET, Mood(), NOON, mailboxes={"Work": low}, zone=ZONE)
    assert decision.say[0].alert.body == "41 in the mailbox"


def test_a_sound_only_for_new_mail_of_accounts_that_have_one() -> None:
    wants = Preferences(with_sound=frozenset({"Work"}))
    decision = now_at_noon(mail(), mail("Home"), wants=wants)
    assert [say.alert.sound for say in decision.say] == [True, False]
    assert not now_at_noon(quota("full"), wants=wants).say[0].alert.sound
    many = now_at_noon(*(mail(a) for a in ("A", "B", "C", "Work")), wants=wants)
    assert [say.alert.sound for say in many.say] == [True]


def test_preferences_come_from_the_settings() -> None:
    server = Server("pop.example.org", 995)
    settings = Settings(
        General(quiet_hours=QuietHours(1, 2)),
        (Account("A", "a@example.org", server, muted=True), Account("B", "b@example.org", server, sound=True)),
    )
    assert Preferences.of(settings, 5.0) == Preferences(QuietHours(1, 2), 5.0, frozenset({"A"}), frozenset({"B"}))


def test_thousands_of_dues_after_a_long_pause_are_soon_decided() -> None:
    dues = [Due(n, mail(f"Box {n % 6}", 1, unseen=n), NOON) for n in range(20_000)]
    decision = decide(dues, QUIET, Mood(frozenset(range(20_000))), NOON, zone=ZONE)
    assert said(decision) == ["20000 new messages in the meantime"]


accounts = st.sampled_from(["Work", "Home", "List"])
happenings = st.one_of(
    st.builds(mail, accounts, st.integers(1, 5), st.integers(1, 50)),
    st.builds(ev.MailGone, accounts),
    st.builds(quota, st.sampled_from(["warning", "high", "full"]), accounts),
    st.builds(trouble, accounts),
    st.builds(ev.TroubleOver, accounts, st.just(60.0)),
    st.builds(ev.Watching, accounts, st.just(3)),
    st.builds(ev.MailRefused, accounts, st.integers(1, 3), st.just("refused"), st.just("S"), st.just("")),
)
steps = st.lists(st.tuples(st.lists(happenings, max_size=4), st.integers(1, 8 * 3600)), max_size=12)


@given(steps)
def test_over_any_days_every_due_is_said_or_dropped_exactly_once_and_never_at_night(
    story: list[tuple[list[ev.Event], int]],
) -> None:
    open_dues: list[Due] = []
    mood, now, next_id, handled = Mood(), NOON, 1, []
    for events, wait in [*story, ([], 86400), ([], int(BURST_SPAN))]:
        now += wait
        for event in events:
            open_dues.append(Due(next_id, event, now))
            next_id += 1
        if wait == 86400:
            now = MORNING + 30 * 86400
        decision = decide(open_dues, QUIET, mood, now, zone=ZONE)
        mood = decision.mood
        if QUIET.silent_until(now, ZONE) is not None:
            assert decision.say == ()
        done = [i for say in decision.say for i in say.ids] + list(decision.drop)
        handled += done
        open_dues = [d for d in open_dues if d.id not in done]
        assert len(decision.say) <= 3
        assert mood.waited <= {d.id for d in open_dues}
    assert sorted(handled) == list(range(1, next_id))
