"""The running program: joins the watch, the alerts, the tray and the door at which other starts knock."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from notifier import tray
from notifier.alerts.alert import Answer
from notifier.alerts.calm import Preferences
from notifier.alerts.senders.seam import Sender
from notifier.config import LOOPBACK, Settings, SettingsError, load
from notifier.events import Event, MailRefused, StateLost, StateStuck
from notifier.overview import Overview
from notifier.places import Places
from notifier.store import Store
from notifier.system import memory
from notifier.tray.actions import Action
from notifier.watch import asking, report
from notifier.watch.computer import Computer
from notifier.watch.doorway import Doorway
from notifier.watch.pause import Pause
from notifier.watch.postman import Outbox, Postman, SecretForServer
from notifier.watch.speaking import Announcer
from notifier.watch.watcher import Watcher
from notifier.watch.wishes import Wishes
from notifier.words import _

log = logging.getLogger(__name__)

SENTENCE_LIMIT = 300


class Program:
    """Everything that runs between start and quit. `run` blocks; `quit` may come from anywhere."""

    def __init__(
        self,
        places: Places,
        settings: Settings,
        secret_for: SecretForServer,
        sender: Sender,
        *,
        icon: tray.Tray | None = None,
        note: str = "",
        now: Callable[[], float] = time.time,
        pace: float = 1.0,
        ask: asking.Ask = asking.here,
        offer_login: bool = True,
    ) -> None:
        self._places = places
        self._now = now
        self._pace = pace
        self._icon = icon
        self._settings = settings
        self._settings_read = _changed_at(places)
        self._note, self._alert_note, self._settings_note = note, "", ""
        self._overview = Overview()
        self._started = time.time()
        self._store = Store(places.state, now=now())
        self._watcher = Watcher(
            self._store,
            settings,
            lambda account: secret_for(account, account.pop3),
            on_events=self._happened,
            on_overview=self._show,
            now=now,
            pace=pace,
            ask=ask,
        )
        self._watcher.decorate = self._decorate
        self._watcher.each_time = self._reload_if_changed
        self._watcher.before_rest = memory.give_back
        self._speaker = Announcer(
            self._store,
            sender,
            self._watcher.post,
            keep=self._watcher.keep,
            again_at=self._speak_later,
            on_note=self._note_alerts,
        )
        self._postman = Postman(
            places.outbox,
            lambda: self._settings,
            secret_for,
            self._watcher.post,
            found=self._outbox_found,
            say=self._outbox_speaks,
        )
        self._watcher.own_copies = self._postman.own_copies
        self._pause = Pause(self._store, self._watcher, self._pause_changed)
        self._wishes = Wishes(
            places,
            self._watcher,
            self._pause,
            settings=lambda: self._settings,
            reload=self._reload_if_changed,
            complain=self._note_alerts,
            now=now,
            offer_login=offer_login,
        )
        self._doorway = Doorway(
            self._watcher,
            names=lambda: [a.name for a in self._settings.accounts],
            now=now,
            status=self._status,
            look_into_outbox=self._postman.look,
            on_action=self.on_action,
        )
        self._outbox = Outbox()
        self._offline = False
        # Windows and macOS have one tray, which is always there; a panel has to be found first.
        always = sys.platform in {"win32", "darwin"}
        self._presence = tray.Presence.SHOWN if always else tray.Presence.WAITING
        self._thread = threading.Thread(target=self._watch, name="watch", daemon=True)
        self._ended = threading.Event()

    # --- life ----------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Blocks until `quit`. With an icon this must be the main thread (macOS allows no other)."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_args: self.quit())
        computer = Computer(
            on_resume=self._woke,
            on_network=self._network_changed,
            on_jump=self._clock_jumped,
            on_told=self._resume_is_told,
        )
        if self._icon is not None:
            self._icon.run(self._thread.start)
        else:
            self._thread.start()
        self._ended.wait()
        computer.stop()
        self._thread.join(10)
        self._postman.stop()
        self._speaker.stop()
        self._store.close()

    def _woke(self) -> None:
        self._watcher.post(self._watcher.resumed)

    def _clock_jumped(self) -> None:
        self._watcher.post(lambda: None)  # at each message the loop compares the clocks

    def _network_changed(self, online: bool | None) -> None:
        """Offline is a state of the icon, not an alert; when the network is back, the accounts are checked soon."""
        was_offline, self._offline = self._offline, online is False
        back = was_offline and not self._offline
        self._watcher.post(self._watcher.resumed if back else self._watcher.show)

    def _resume_is_told(self, told: bool) -> None:
        """Without anybody who tells of a suspend the clocks are compared, also when logind went away meanwhile."""

        def note() -> None:
            self._watcher.resume_is_told = told

        self._watcher.post(note)

    def quit(self) -> None:
        self._watcher.stop()

    def _watch(self) -> None:
        try:
            if self._store.set_aside is not None:
                self._happened((StateLost("", str(self._store.set_aside)),))
            if self._store.stuck:
                self._happened((StateStuck("", self._store.stuck),))
            self._watcher.post(self._take_up)
            self._watcher.run()
        finally:
            self._ended.set()
            if self._icon is not None:
                self._icon.stop()

    def _take_up(self) -> None:
        """What the process before left: a pause that is still running, and what it could not say any more."""
        self._pause.take_up()
        self._speak()
        self._postman.look()

    def _outbox_speaks(self, events: list[MailRefused]) -> None:
        """Mails that need the user: stored as due before the outbox forgets to name them."""
        self._watcher.keep(lambda: self._put_due(tuple(events)))
        self._speak()

    def _outbox_found(self, outbox: Outbox) -> None:
        """A round of the outbox ended, and the next one is planned."""
        self._outbox = outbox
        if outbox.look_at is not None:
            wait = max(0.5, outbox.look_at - time.time()) * self._pace
            self._watcher.at("outbox", self._now() + wait, self._postman.look)
        self._watcher.show()

    # --- what happened -> what is said ---------------------------------------------------------------------------

    def _pause_changed(self) -> None:
        self._watcher.show()
        self._speak()

    def _happened(self, events: tuple[Event, ...]) -> None:
        """Events of an account stand in the store already; those about the program itself are put there now."""
        own = tuple(e for e in events if not e.account)
        if own:
            self._put_due(own)
        self._speak()

    def _put_due(self, events: tuple[Event, ...]) -> None:
        with self._store.transaction():
            for event in events:
                self._store.add_due(event.account, type(event).__name__, asdict(event), self._now())

    def _speak(self) -> None:
        states = {a.name: a for a in self._overview.accounts}
        self._speaker.use_commands({a.name: a.command for a in self._settings.accounts if a.command})
        self._speaker.say_due(self._preferences(), self._now(), states)

    def _preferences(self) -> Preferences:
        return Preferences.of(self._settings, self._pause.until)

    def _speak_later(self, seconds: float) -> None:
        self._watcher.at("speak", self._now() + max(1.0, seconds), self._speak)

    def _note_alerts(self, why: str) -> None:
        if why != self._alert_note:
            self._alert_note = why
            self._watcher.show()

    # --- what is shown -------------------------------------------------------------------------------------------

    def _decorate(self, overview: Overview) -> Overview:
        now = self._now()
        silent_until = self._preferences().silent_until(now)
        paused = self._pause.running(now)
        note = next((n for n in (self._settings_note, self._alert_note, self._note) if n), "")
        return replace(
            overview,
            paused_until=paused,
            offline=overview.offline or (self._offline and self._needs_network()),
            quiet=paused is None and silent_until is not None,
            waiting_mails=self._outbox.waiting,
            uncertain_mails=self._outbox.uncertain,
            note=note[:SENTENCE_LIMIT],
        )

    def _needs_network(self) -> bool:
        return any(a.pop3.host not in LOOPBACK for a in self._settings.accounts)

    def _show(self, overview: Overview) -> None:
        self._overview = overview
        if self._icon is None:
            return
        now = self._now()
        on_click = self._settings.general.on_click
        options = tray.Options(start_at_login=self._wishes.at_login, on_click=on_click)
        self._icon.show(
            tray.View(
                tray.face_of(overview),
                tray.tooltip(overview, now),
                tray.menu(overview, now, options),
                menu_on_click=on_click == "menu",
            )
        )

    # --- settings ------------------------------------------------------------------------------------------------

    def _reload_if_changed(self) -> None:
        """Settings edited by hand or by the set-up window are taken at the next wake-up, faulty ones are named."""
        changed = _changed_at(self._places)
        if changed == self._settings_read:
            return
        self._settings_read = changed
        try:
            self._settings = load(self._places.config)
        except SettingsError as error:
            self._settings_note = _("The settings have a fault and the earlier ones stay in use: {fault}").format(
                fault=error.problems[0]
            )
            self._watcher.show()
        else:
            self._settings_note = ""
            self._watcher.use(self._settings)

    # --- what the user does --------------------------------------------------------------------------------------

    def on_action(self, action: Action) -> None:
        """A click on the icon or its menu; from any thread."""
        self._watcher.post(lambda: self._wishes.act(action))

    def on_presence(self, presence: tray.Presence) -> None:
        """The icon is seen, or is not seen any more; from any thread."""
        self._presence = presence

    def on_alerts_ready(self) -> None:
        """A notification service appeared; from any thread."""
        self._watcher.post(self._speak)

    def on_answer(self, answer: Answer) -> None:
        """A click on an alert; from any thread."""
        self._watcher.post(lambda: self._wishes.answered(answer))

    # --- the door: other starts of the program -------------------------------------------------------------------

    def answer_door(self, request: dict[str, Any]) -> dict[str, Any]:
        """What another process asks; called in a thread of the door's."""
        return self._doorway.answer(request)

    def _status(self) -> dict[str, Any]:
        facts = {
            "pid": os.getpid(),
            "since": self._started,
            "tray": self._icon.name if self._icon else None,
            "icon_seen": self._icon is not None and self._presence is tray.Presence.SHOWN,
            "alerts": self._speaker.sender.name,
        }
        return report.status_facts(self._overview, facts)


def _changed_at(places: Places) -> int | None:
    try:
        return places.config.stat().st_mtime_ns
    except OSError:
        return None
