"""Starting the program: which tray, which alerts, the door, and the demo that needs no account."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from notifier import tray
from notifier.alerts.alert import Answer
from notifier.alerts.senders.choice import Surroundings, choose, heard
from notifier.alerts.senders.plain import Log, Terminal
from notifier.alerts.senders.seam import Sender
from notifier.config import Settings
from notifier.places import Places
from notifier.system import autostart, instance, memory
from notifier.tray import artwork
from notifier.tray.actions import Action
from notifier.watch import asking
from notifier.watch.opening import can_show_windows, open_window
from notifier.watch.postman import SecretForServer
from notifier.watch.program import Program
from notifier.words import _

log = logging.getLogger(__name__)

START_PATIENCE = 10.0  # seconds


class _Later:
    """A callback that is known only once the program is built: the tray and the sender are built before it."""

    def __init__(self) -> None:
        self.program: Program | None = None
        self._built = threading.Event()

    def now(self, program: Program) -> None:
        self.program = program
        self._built.set()

    def wait(self) -> Program | None:
        """The program; a visitor who comes while it is being built waits for it."""
        self._built.wait(START_PATIENCE)
        return self.program

    def on_action(self, action: Action) -> None:
        if self.program is not None:
            self.program.on_action(action)

    def on_answer(self, answer: Answer) -> None:
        if self.program is not None:
            self.program.on_answer(answer)

    def on_ready(self) -> None:
        if self.program is not None:
            self.program.on_alerts_ready()

    def on_presence(self, presence: tray.Presence) -> None:
        log.info("the icon is %s", presence)
        if self.program is not None:
            self.program.on_presence(presence)


def run(places: Places, settings: Settings, secret_for: SecretForServer, *, tray_wanted: bool) -> int:
    """Runs until quit. Raises instance.AlreadyRunningError when another process watches this folder."""
    memory.keep_together()
    later = _Later()
    with instance.Server(places.door, _answering(later)):
        _mend_start_at_login(places)
        icon, why = _icon(later, wanted=tray_wanted)
        sender = _sender(later, icon, in_terminal=not tray_wanted)
        note = _note(why, sender) if tray_wanted else ""
        program = Program(places, settings, secret_for, sender, icon=icon, note=note, ask=asking.aside)
        later.now(program)
        if note:
            print(note)  # noqa: T201 - whoever started it in a terminal should know where alerts go
        if not settings.accounts:
            _begin_with_setup(places, window=tray_wanted and can_show_windows())
        program.run()
    return 0


def _begin_with_setup(places: Places, *, window: bool) -> None:
    """The very first start: the program runs and watches each account as soon as one is saved."""
    if window:
        open_window("setup", places)
    else:
        print(_("There is no account yet. “notifier setup” adds one; it is watched at once."), flush=True)  # noqa: T201


def _mend_start_at_login(places: Places) -> None:
    """An installation that was moved is started from its new place at the next login."""
    try:
        autostart.mend(places.home)
    except OSError as error:
        log.warning("start at login could not be looked at: %s", error)


def demo(*, tray_wanted: bool, speed: float = 1.0) -> int:
    """Runs the program on the embedded servers, in a folder that is thrown away at the end."""
    import tempfile

    from notifier.demo.scenario import Demo

    story = Demo(speed)
    story.start()
    try:
        with tempfile.TemporaryDirectory(prefix="notifier-demo-") as folder:
            later = _Later()
            places = Places(Path(folder), Path(folder))
            with instance.Server(places.door, _answering(later)):
                icon, why = _icon(later, wanted=tray_wanted)
                sender = _sender(later, icon, in_terminal=not tray_wanted or not heard())
                note = _note(why, sender) if tray_wanted else ""
                program = Program(
                    places,
                    _written(story.settings(), places),
                    story.secret_for,
                    sender,
                    icon=icon,
                    note=note,
                    now=story.now,
                    pace=story.pace,
                    offer_login=False,
                )
                later.now(program)
                _introduce(note)
                program.run()
    finally:
        story.stop()
    return 0


def _written(settings: Settings, places: Places) -> Settings:
    """The demo's settings as a file, so that its windows (processes of their own) find the accounts too."""
    from dataclasses import replace

    from notifier import config_edit
    from notifier.config import load
    from notifier.demo.scenario import PASSWORD

    for account in settings.accounts:
        pop3 = replace(account.pop3, password_command=f"echo {PASSWORD}")
        smtp = tuple(replace(s, password_command=f"echo {PASSWORD}") for s in account.smtp)
        config_edit.put_account(places.config, replace(account, pop3=pop3, smtp=smtp))
    return load(places.config)


def _introduce(note: str) -> None:
    lines = (
        _("This is a demo: two mailboxes on servers inside this program, in which mail keeps arriving."),
        _("“Home” fills past its limit within two minutes. Two hours pass in each second."),
        note,
        _("Ctrl-C ends it, and nothing of it stays."),
    )
    print("\n".join(line for line in lines if line), flush=True)  # noqa: T201 - the demo is watched in a terminal


def _answering(later: _Later) -> Callable[[instance.Request], instance.Request]:
    def answer(request: instance.Request) -> instance.Request:
        program = later.wait()
        return program.answer_door(request) if program else {"ok": False, "error": "still starting"}

    return answer


def _icon(later: _Later, *, wanted: bool) -> tuple[tray.Tray | None, str]:
    """The tray backend that works here; without one, why there is none."""
    if not wanted:
        return None, ""
    choice = tray.choose(later.on_action, later.on_presence)
    return choice.tray, "" if choice.tray is not None else " ".join(p.why for p in choice.probes)


def _note(why: str, sender: Sender) -> str:
    """What a person should know who sees no icon or no alerts: where these go, and where the rest is."""
    if not why:
        unseen = sender.name == Terminal.name
        return _("No notification service runs here: alerts are written to this terminal.") if unseen else ""
    where = {
        Terminal.name: _("Alerts are written to this terminal"),
        Log.name: _("Alerts are written to the log"),
    }.get(sender.name, _("Alerts still appear"))
    sentence = _("There is no icon: {why} {where}, and “notifier status” shows the rest.")
    return sentence.format(why=why, where=where)


def _sender(later: _Later, icon: tray.Tray | None, *, in_terminal: bool) -> Sender:
    watched = sys.stdout is not None and sys.stdout.isatty()  # Windows has programs without any output
    return choose(
        Surroundings(
            terminal=sys.stdout if in_terminal else None,
            last_resort=sys.stdout if watched else None,
            on_answer=later.on_answer,
            on_ready=later.on_ready,
            balloon=getattr(icon, "notify", None),
            png=artwork.app_icon_pixels(64),
            ico=artwork.windows_icon(),
        )
    )
