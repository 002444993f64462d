"""Calm: of all that is due to be said, what is said now, what waits, and what need not be said any more. Pure.

The rules, in the order in which they are applied:

  over        what came to nothing before it could be said is dropped: new mail that was seen or is gone, trouble that
              is over, a step of fullness that a higher one followed
  muted       a muted account says nothing; its line in the menu shows everything. Only a mail that the user wrote and
              that was not delivered speaks all the same
  quiet       in quiet hours and in a pause everything waits, also a full mailbox (the icon shows it at once); at their
              end one alert sums up all of it, the new mail of all accounts first
  burst       one account says "new mail" at most three times in fifteen minutes; what comes then is said together
  one each    what happened to one account is one alert, and it takes the place of the account's alert before
  flood       more than three alerts at one moment become one

What waits stays due in the store, so a crash loses none of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo

from notifier import events as ev
from notifier.alerts.alert import Alert
from notifier.alerts.quiet import quiet_ends, quiet_now
from notifier.alerts.wording import account_key, alert_of, digest, fullness, meanwhile
from notifier.config import QuietHours, Settings
from notifier.overview import AccountState

BURST = 3  # alerts about new mail of one account…
BURST_SPAN = 15 * 60.0  # …within this many seconds
FLOOD = 3  # alerts at one moment
NEARLY_FULL = ("high", "critical", "full")  # levels worth a word beside new mail


@dataclass(frozen=True, slots=True)
class Due:
    """An event that is still to be said. `at`: the POSIX time it happened."""

    id: int
    event: ev.Event
    at: float


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the user wants to hear. `paused_until`: POSIX time, infinity until resumed, None not paused."""

    quiet_hours: QuietHours | None = None
    paused_until: float | None = None
    muted: frozenset[str] = frozenset()
    with_sound: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: Settings, paused_until: float | None = None) -> Preferences:
        return cls(
            settings.general.quiet_hours,
            paused_until,
            frozenset(a.name for a in settings.accounts if a.muted),
            frozenset(a.name for a in settings.accounts if a.sound),
        )

    def silent_until(self, now: float, zone: tzinfo | None = None) -> float | None:
        """Until when everything waits, None when it does not."""
        until = self.paused_until if self.paused_until is not None and self.paused_until > now else None
        start = now if until is None or until == float("inf") else until
        if self.quiet_hours is not None and quiet_now(self.quiet_hours, start, zone):
            quiet = quiet_ends(self.quiet_hours, start, zone)
            until = quiet if until is None else max(until, quiet)
        return until


@dataclass(frozen=True, slots=True)
class Said:
    """That an account's new mail was announced, and when."""

    account: str
    at: float


@dataclass(frozen=True, slots=True)
class Mood:
    """What the rules need to know of the decisions before: which dues waited for silence to end, and what was said."""

    waited: frozenset[int] = frozenset()
    said: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class Say:
    """An alert to show; once it is delivered the dues `ids` are done.

    `arrived` is the new mail it tells of: for the users' commands, one call for each.
    """

    alert: Alert
    ids: tuple[int, ...]
    arrived: tuple[ev.NewMail, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do now: alerts to show, alerts to take away (`close`, by key), dues that need no words any more.

    All other dues wait; `ask_again_at` is the POSIX time at which waiting may be over (None: when something happens).
    """

    say: tuple[Say, ...] = ()
    close: tuple[str, ...] = ()
    drop: tuple[int, ...] = ()
    ask_again_at: float | None = None
    mood: Mood = field(default_factory=Mood)


def decide(
    due: Sequence[Due],
    wants: Preferences,
    mood: Mood,
    now: float,
    *,
    mailboxes: Mapping[str, AccountState] | None = None,
    zone: tzinfo | None = None,
) -> Decision:
    """What to do about everything that is due. `mailboxes`: each account's state as it is now, by name."""
    scene = _Scene(wants, now, mailboxes or {}, zone)
    live, drop, close = _still_true(due)
    muted = {d.id for d in live if scene.mutes(d.event)}
    live = [d for d in live if d.id not in muted]
    drop += sorted(muted)
    still_due = {d.id for d in live}

    silent_until = wants.silent_until(now, zone)
    if silent_until is not None:
        again = silent_until if live and silent_until != float("inf") else None
        waited = (mood.waited & still_due) | still_due
        return Decision((), tuple(close), tuple(drop), again, Mood(waited, mood.said))

    said = tuple(s for s in mood.said if now - BURST_SPAN < s.at <= now)
    live, again = _without_bursts(live, said, mood.waited, now)
    says = _words(live, mood.waited, scene)
    told = tuple(Said(mail.account, now) for say in says for mail in say.arrived)
    kept_back = still_due - {i for say in says for i in say.ids}
    return Decision(tuple(says), tuple(close), tuple(drop), again, Mood(mood.waited & kept_back, said + told))


@dataclass(frozen=True, slots=True)
class _Scene:
    """What one decision is made in."""

    wants: Preferences
    now: float
    mailboxes: Mapping[str, AccountState]
    zone: tzinfo | None

    def mutes(self, event: ev.Event) -> bool:
        return event.account in self.wants.muted and not isinstance(event, ev.MailRefused)

    def sounds(self, mails: Sequence[ev.NewMail]) -> bool:
        return any(mail.account in self.wants.with_sound for mail in mails)

    def alert(self, happened: Sequence[ev.Event]) -> Alert:
        return alert_of(happened, now=self.now, zone=self.zone)


# --- over -------------------------------------------------------------------------------------------------------


def _still_true(due: Sequence[Due]) -> tuple[list[Due], list[int], list[str]]:
    """The dues that are still worth saying; the ids of those that are not; the keys of alerts to take away."""
    live: dict[str, list[Due]] = {}
    drop: list[int] = []
    close: list[str] = []
    for new in sorted(due, key=lambda d: d.id):
        account = live.setdefault(new.event.account, [])
        outdated = [d for d in account if _outdates(new.event, d.event)] if type(new.event) in _OUTDATES else []
        if outdated:
            drop += [d.id for d in outdated]
            account[:] = [d for d in account if not _outdates(new.event, d.event)]
        if isinstance(new.event, ev.MailGone):
            drop.append(new.id)
            close.append(account_key(new.event.account))
        elif isinstance(new.event, ev.TroubleOver) and any(isinstance(d.event, ev.TroubleLasts) for d in outdated):
            drop.append(new.id)  # nobody heard of the trouble, so nobody needs to hear that it is over
        else:
            account.append(new)
    return sorted((d for ds in live.values() for d in ds), key=lambda d: d.id), drop, close


_OUTDATES: dict[type, tuple[type, ...]] = {
    ev.MailGone: (ev.NewMail,),
    ev.QuotaStep: (ev.QuotaStep, ev.FillingUp),
    ev.FillingUp: (ev.FillingUp,),
    ev.MailExpires: (ev.MailExpires,),
    ev.TroubleLasts: (ev.TroubleLasts, ev.TroubleOver),
    ev.TroubleOver: (ev.TroubleLasts, ev.TroubleOver),
    ev.Watching: (ev.Watching, ev.Renumbered, ev.NewMail),
    ev.Renumbered: (ev.Renumbered,),
    ev.StateStuck: (ev.StateStuck,),
    ev.MailRefused: (ev.MailRefused,),
}


def _outdates(new: ev.Event, old: ev.Event) -> bool:
    """Whether `new`, of the same account, leaves nothing to say about `old`."""
    if isinstance(new, ev.MailRefused) and isinstance(old, ev.MailRefused):
        return new.mail == old.mail
    return isinstance(old, _OUTDATES[type(new)])


# --- burst ------------------------------------------------------------------------------------------------------


def _without_bursts(
    live: list[Due], said: tuple[Said, ...], waited: frozenset[int], now: float
) -> tuple[list[Due], float | None]:
    """Keeps back new mail of accounts that spoke often enough; and when the first of them may speak again."""
    free_at = {
        account: times[-BURST] + BURST_SPAN for account, times in _times_by_account(said).items() if len(times) >= BURST
    }
    held = [d for d in live if isinstance(d.event, ev.NewMail) and d.event.account in free_at and d.id not in waited]
    again = min((max(free_at[d.event.account], now) for d in held), default=None)
    ids = {d.id for d in held}
    return [d for d in live if d.id not in ids], again


def _times_by_account(said: Sequence[Said]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {}
    for s in sorted(said, key=lambda s: s.at):
        times.setdefault(s.account, []).append(s.at)
    return times


# --- one each, flood --------------------------------------------------------------------------------------------


def _words(live: list[Due], waited: frozenset[int], scene: _Scene) -> list[Say]:
    says: list[Say] = []
    slept = [d for d in live if d.id in waited and isinstance(d.event, ev.NewMail)]
    if len({d.event.account for d in slept}) > 1:
        says.append(_sum_up(slept, scene))
        told = {d.id for d in slept}
        live = [d for d in live if d.id not in told]
    says += [_say(group, scene) for group in _by_alert(live)]
    held = [say for say in says if waited.issuperset(say.ids)]
    if len(held) > 1:
        says = [_joined(held, meanwhile), *(say for say in says if say not in held)]
    return says if len(says) <= FLOOD else [_joined(says, digest)]


def _by_alert(live: list[Due]) -> list[list[Due]]:
    """What belongs into one alert: what happened to one account; each mail of the outbox is a matter of its own."""
    groups: dict[tuple[str, int], list[Due]] = {}
    for d in live:
        mail = d.event.mail if isinstance(d.event, ev.MailRefused) else 0
        groups.setdefault((d.event.account, mail), []).append(d)
    return list(groups.values())


def _say(group: list[Due], scene: _Scene) -> Say:
    mail = _together([d.event for d in group if isinstance(d.event, ev.NewMail)])
    others = [d.event for d in group if not isinstance(d.event, ev.NewMail)]
    alert = scene.alert([*mail, *others])
    state = scene.mailboxes.get(alert.account)
    if mail and state is not None and not any(isinstance(e, ev.QuotaStep) for e in others):
        alert = _with_fullness(alert, state)
    return Say(alert.with_sound(scene.sounds(mail)), tuple(d.id for d in group), tuple(mail))


def _with_fullness(alert: Alert, state: AccountState) -> Alert:
    """New mail takes the place of the account's last alert, so it carries on what that one may have said."""
    if state.level not in NEARLY_FULL or state.percent is None or state.octets is None or not state.limit:
        return alert
    return replace(alert, body=f"{alert.body}\n{fullness(state.percent, state.octets, state.limit)}")


def _together(mails: Sequence[ev.NewMail]) -> list[ev.NewMail]:
    """Several arrivals of one account as one: counted together, but never more than is unseen by now."""
    if not mails:
        return []
    last, total = mails[-1], sum(m.new for m in mails)
    return [replace(last, new=max(last.new, min(total, last.unseen)))]


def _sum_up(slept: list[Due], scene: _Scene) -> Say:
    """Silence is over: one sentence for what came meanwhile to all accounts."""
    by_account: dict[str, list[ev.NewMail]] = {}
    for d in slept:
        if isinstance(d.event, ev.NewMail):
            by_account.setdefault(d.event.account, []).append(d.event)
    mails = [mail for events in by_account.values() for mail in _together(events)]
    alert = scene.alert([ev.Summary("", tuple((m.account, m.new) for m in mails))])
    return Say(alert.with_sound(scene.sounds(mails)), tuple(d.id for d in slept), tuple(mails))


def _joined(says: list[Say], how: Callable[[Sequence[Alert]], Alert]) -> Say:
    """One alert instead of several; new mail stands first, then what is most urgent."""
    says = sorted(says, key=lambda say: (not say.arrived, -say.alert.urgency))
    return Say(
        how([say.alert for say in says]),
        tuple(i for say in says for i in say.ids),
        tuple(mail for say in says for mail in say.arrived),
    )
