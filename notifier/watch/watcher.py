"""The loop that watches: one thread owns all state, checks run in worker threads, and nothing wakes unless due."""

from __future__ import annotations

import logging
import math
import queue
import random
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from notifier.config import Account, Settings
from notifier.errors import Kind, Reason, Trouble
from notifier.events import Event, MailGone
from notifier.overview import Overview
from notifier.servers.secret import Secret
from notifier.store import Memory, Store
from notifier.watch import asking, backoff, check, outlook
from notifier.watch.keeping import Keeper
from notifier.watch.outlook import Outlook
from notifier.watch.timetable import Clock, Timetable, clock_change
from notifier.watch.watched import Told, Watched, all_offline

log = logging.getLogger(__name__)

Loop = Callable[[], None]
# After a resume the network needs a few seconds; the accounts are spread so that they do not fire at once.
AFTER_RESUME = 6.0
SPREAD = 4.0
# Where neither service nor kernel tells of a resume, a look at the clocks this often notices it (the steady one
# stops in suspend).
CLOCK_LOOK = 60.0
REST = 5.0  # seconds of sleep before which it pays to give memory back


def clock() -> Clock:
    return Clock(time.time(), time.monotonic())


class Watcher:
    """Checks every account on time. `post` is the only way in from other threads.

    `on_events(events)` and `on_overview(overview)` are called in the loop's thread and must return soon.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        secret_for: asking.SecretFor,
        *,
        on_events: Callable[[tuple[Event, ...]], None],
        on_overview: Callable[[Overview], None],
        now: Callable[[], float] = time.time,
        pace: float = 1.0,
        ask: asking.Ask = asking.here,
        jitter: Callable[[float], float] = lambda most: random.uniform(0, most),  # noqa: S311 - spreads load
    ) -> None:
        self._store = store
        self._settings = settings
        self._secret_for = secret_for
        self._ask = ask
        self._on_events = on_events
        self._on_overview = on_overview
        self._now = now
        self._pace = pace  # how many of our seconds pass in one real one; more than 1 in the demo only
        self._jitter = jitter
        self._inbox: queue.SimpleQueue[Loop] = queue.SimpleQueue()
        self._timetable = Timetable()
        self.keep = Keeper(store, memories=self._memories, on_events=on_events, now=now).keep
        self._watched: dict[str, Watched] = {}
        self._clock = clock()
        self._stopping = False
        self._secrets: dict[str, Secret] = {}
        self.resume_is_told = False  # a service or the kernel tells of a resume: no need to look at the clocks
        self.decorate: Callable[[Overview], Overview] = lambda overview: overview
        # How many of so many new mails, since the check at a time, are a provider's copies of mails sent from here.
        self.own_copies: Callable[[Account, float, int], int] = lambda _account, _since, _new: 0
        self.each_time: Loop = lambda: None  # what else is to be looked at whenever the loop wakes anyway
        self.before_rest: Loop = lambda: None  # what is to be done before the loop sleeps for long

    # --- from any thread -----------------------------------------------------------------------------------------

    def post(self, work: Loop) -> None:
        """Has `work` done by the loop's thread."""
        self._inbox.put(work)

    def stop(self) -> None:
        self.post(self._stop)

    # --- the loop ------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Watches until `stop`. Sleeps until the next job or the next message; with nothing due it sleeps on."""
        self.use(self._settings)
        while not self._stopping:
            self._do(self._wait())
            self._look_at_clocks()
            self._do(self.each_time)
            self._timetable.run_pending(self._now())

    def _wait(self) -> Loop | None:
        idle = self._timetable.idle(self._now())
        if not self.resume_is_told:
            idle = CLOCK_LOOK if idle is None else min(idle, CLOCK_LOOK)
        if self._inbox.empty() and (idle is None or idle > REST):
            self._do(self.before_rest)
        try:
            return self._inbox.get(timeout=None if idle is None else idle / self._pace)
        except queue.Empty:
            return None

    def _do(self, work: Loop | None) -> None:
        if work is None:
            return
        try:
            work()
        except Exception:  # one faulty message must not end the watch; it is logged whole
            log.exception("a message to the watch failed")

    def _stop(self) -> None:
        self._stopping = True

    def at(self, name: str, due: float, work: Loop) -> None:
        """A further job of the program's own (quiet hours end, a pause ends). Loop's thread only."""
        self._timetable.put(f"program:{name}", due, lambda: self._do(work))

    def not_at(self, name: str) -> None:
        self._timetable.drop(f"program:{name}")

    def _look_at_clocks(self) -> None:
        """Notices a clock that was set, and a computer that slept without anybody telling."""
        before, self._clock = self._clock, clock()
        moved = clock_change(before, self._clock)
        if not moved:
            return
        log.info("the clock moved by %.0f s against the steady one", moved)
        self._timetable.shift(moved)
        self.resumed()

    def resumed(self) -> None:
        """The computer woke up, or the network came back: look again soon, spread a little. Loop's thread only."""
        for name in self._watched:
            self._timetable.hasten(name, self._now() + AFTER_RESUME + self._jitter(SPREAD))

    # --- settings ------------------------------------------------------------------------------------------------

    def use(self, settings: Settings) -> None:
        """Takes new settings: accounts that came, changed or left. Loop's thread only."""
        self._settings = settings
        self._secrets.clear()
        for name in set(self._watched) - {a.name for a in settings.accounts}:
            self._timetable.drop(name)
            del self._watched[name]
        for number, account in enumerate(settings.accounts):
            self._watch(account, number)
        self._watched = {a.name: self._watched[a.name] for a in settings.accounts}  # in the user's order
        self.show()

    def _watch(self, account: Account, number: int) -> None:
        old = self._watched.get(account.name)
        interval = float(self._settings.interval_of(account))
        if old is not None and old.account == account and old.interval == interval:
            return
        identity = check.identity_of(account)
        if old and old.memory.identity == identity:
            memory = old.memory
        else:
            memory = self.keep(lambda: self._store.memory(account.name, identity))
        watched = Watched(account, memory, interval, outlook=self._outlook_of(account))
        if old:
            watched.take_over(old)
        self._watched[account.name] = watched
        # The first checks come soon but not all at once: half a second apart, and a little chance.
        self._put(watched, self._now() + 0.5 * number + self._jitter(0.5))

    def _put(self, watched: Watched, due: float) -> None:
        name = watched.account.name
        self._timetable.put(name, due, lambda: self._begin(name))

    def look_ahead(self) -> None:
        """Another process changed something the outlook rests on. Loop's thread only."""
        for watched in self._watched.values():
            watched.outlook = self._outlook_of(watched.account)
        self.show()

    def _outlook_of(self, account: Account) -> Outlook:
        return self.keep(lambda: outlook.of(self._store, account, self._now()))

    # --- one account's check -------------------------------------------------------------------------------------

    def check_now(self, name: str | None = None, done: Told | None = None) -> None:
        """The user asks: always tried, whatever failed before. Loop's thread only.

        `done` gets the outcome of a check that began after this call, once it is shown.
        """
        for watched in self._watched.values():
            if name in {None, watched.account.name}:
                if done:
                    watched.wait(done)
                self._secrets.pop(watched.account.name, None)
                self._begin(watched.account.name)

    def _begin(self, name: str) -> None:
        watched = self._watched.get(name)
        if watched is None:
            return
        if watched.checking:
            watched.again = True
            return
        watched.checking = True
        self._timetable.drop(name)
        self.show()
        threading.Thread(
            target=self._work, args=(watched.account, watched.memory), name=f"check {name}", daemon=True
        ).start()

    def _work(self, account: Account, memory: Memory) -> None:
        """In a worker thread: asks the server, and hands the answer to the loop."""
        result: Any
        try:
            result = self._ask(account, memory, self._secret, self._now())
        except Trouble as trouble:
            result = trouble
        except Exception as error:  # a bug in here must show as trouble of this account, not end its checks
            log.exception("a check of %s failed in an unforeseen way", account.name)
            result = Trouble(Reason.GARBAGE, host=account.pop3.host, said=type(error).__name__)
        self.post(lambda: self._done(account, result))

    def _secret(self, account: Account) -> Secret:
        """Read from the store once and kept while it works: each reading costs a child process."""
        secret = self._secrets.get(account.name)
        if secret is None or (secret.good_until or math.inf) < time.monotonic():
            secret = self._secret_for(account)
            self._secrets[account.name] = secret
        return secret

    def _done(self, account: Account, result: Any) -> None:
        watched = self._watched.get(account.name)
        if watched is None:
            return
        watched.checking = False
        if watched.account.pop3 != account.pop3 and check.identity_of(watched.account) != check.identity_of(account):
            self._put(watched, self._now())  # the answer of another mailbox; ask the right one
            return
        try:
            outcome = self._conclude(watched, result)
        except Exception:  # whatever is wrong in here must not end the checks of this account
            log.exception("a check of %s could not be concluded", account.name)
            self._put(watched, self._now() + watched.interval)
            self.show()
            return
        watched.memory, watched.trouble = outcome.memory, outcome.trouble
        watched.outlook = outcome.outlook or watched.outlook
        watched.retry_at = outcome.next_check if outcome.trouble else None
        if outcome.trouble and outcome.trouble.kind is Kind.AUTH:
            self._secrets.pop(account.name, None)
        self._after(watched, outcome)

    def _after(self, watched: Watched, outcome: check.Outcome) -> None:
        if watched.again:
            watched.again = False
            self._put(watched, self._now())
        elif outcome.next_check is not None:
            self._put(watched, outcome.next_check + self._jitter(min(0.1 * watched.interval, 60.0)))
        waiters = watched.waited()
        if outcome.events:
            self._on_events(outcome.events)
        self.show()
        for tell in waiters:
            tell(outcome)

    def _conclude(self, watched: Watched, result: Any) -> check.Outcome:
        account, memory = watched.account, watched.memory
        own_copies = partial(self.own_copies, account, memory.checked_at or 0.0)
        case = check.Case(account, memory, watched.interval, self._now(), own_copies, watched.outlook)
        if not isinstance(result, Trouble):
            try:
                return self.keep(lambda: check.conclude(self._store, case, result))
            except Trouble as trouble:  # list and count disagree: nothing is changed
                result = trouble
        log.info("%s: %s", case.account.name, result)
        offline = self._offline(case.account.name, result.reason)
        return self.keep(lambda: check.conclude_failure(self._store, case, result, offline=offline))

    def _offline(self, name: str, reason: Reason) -> bool:
        """Nothing can be reached, for any account: the computer is offline, and no single server is to blame."""
        others = [w.trouble.reason if w.trouble else None for n, w in self._watched.items() if n != name]
        return all(r in backoff.OFFLINE for r in [reason, *others])

    def _memories(self) -> list[Memory]:
        return [w.memory for w in self._watched.values()]

    # --- what the user does --------------------------------------------------------------------------------------

    def mark_seen(self, name: str | None = None) -> None:
        """Nothing of `name` (None: of any account) is unseen any more. Loop's thread only."""

        def mark() -> None:
            with self._store.transaction():
                self._store.mark_seen(name)

        self.keep(mark)
        gone: list[Event] = []
        for watched in self._watched.values():
            if name in {None, watched.account.name} and watched.memory.unseen:
                watched.memory = replace(watched.memory, unseen=0)
                gone.append(MailGone(watched.account.name))
        if gone:
            self._on_events(tuple(gone))
        self.show()

    # --- showing -------------------------------------------------------------------------------------------------

    def show(self) -> None:
        """A tray that cannot be drawn at this moment must not hold up a check."""
        try:
            self._on_overview(self.decorate(self.overview()))
        except Exception:
            log.exception("the state could not be shown")

    def overview(self) -> Overview:
        return Overview(
            accounts=tuple(w.state(self._timetable.due(name)) for name, w in self._watched.items()),
            offline=all_offline(self._watched.values()),
        )
