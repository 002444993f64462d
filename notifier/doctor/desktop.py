"""What the desktop has to offer: a tray, alerts with their abilities, a password store, sound, a mail program."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from notifier.config import Settings
from notifier.doctor.line import FAILS, UNKNOWN, WORKS, Line, failed
from notifier.doctor.packages import install
from notifier.errors import Reason, Trouble
from notifier.words import _


def lines(settings: Settings) -> Iterator[Line]:
    """Every line about the desktop, as it is found."""
    yield from _tray()
    yield from _alerts()
    yield _sound(settings)
    yield _password_store(settings)
    yield _start_at_login()
    yield _mail_program(settings)
    yield _windows()


def _tray() -> Iterator[Line]:
    from notifier.tray.choice import available

    found = list(_ranked("tray", available()))
    gnome = "GNOME" in os.environ.get("XDG_CURRENT_DESKTOP", "").split(":")
    for line in found:
        more = install("gnome-tray") if gnome and line.state == FAILS and line.name == "StatusNotifierItem" else ""
        yield replace(line, remedy=f"{line.remedy} {more}".strip())
    if not any(line.state == WORKS for line in found):
        what = _("Without an icon “notifier status --window” shows everything, and so does a second start.")
        yield Line("tray", "window", UNKNOWN, what)


def _ranked(part: str, probes: list[Any]) -> Iterator[Line]:
    """Of several ways one is enough: those behind one that works are not at fault for not working."""
    found = False
    for probe in probes:
        state = WORKS if probe.works else UNKNOWN if found else FAILS
        yield Line(part, probe.name, state, probe.why, probe.remedy)
        found = found or probe.works


# --- alerts ------------------------------------------------------------------------------------------------------


def _alerts() -> Iterator[Line]:
    from notifier.alerts.senders.choice import Surroundings, probes

    for line in _ranked("alerts", probes(Surroundings())):
        if line.name != "desktop":
            yield line
        elif line.state == WORKS:
            yield line
            yield from _abilities()
        else:
            more = install("notifications") if os.environ.get("DBUS_SESSION_BUS_ADDRESS") else ""
            yield replace(line, remedy=f"{line.remedy} {more}".strip())


def _abilities() -> Iterator[Line]:
    """What the notification service can do for an alert; none of it is needed, so nothing here fails."""
    from notifier.alerts.senders.freedesktop import Freedesktop
    from notifier.alerts.senders.seam import NotDelivered

    asked = Freedesktop(lambda _answer: None)
    try:
        can = asked.service().capabilities
    except NotDelivered:
        return
    finally:
        asked.stop()
    for name, capability, yes, no in _ABILITIES:
        there = capability in can
        yield Line("alerts", name, WORKS if there else UNKNOWN, _(yes if there else no))


_ABILITIES = (
    ("text", "body", "Alerts have a text.", "Alerts have a title only: all is said there."),
    ("buttons", "actions", "Alerts have buttons.", "Alerts have no buttons here: the icon's menu has the same."),
    ("markup", "body-markup", "Text is escaped for its markup.", "Text is shown as it is, without markup."),
    (
        "persistence",
        "persistence",
        "Alerts that were not seen are kept by the desktop.",
        "Alerts may go away unseen: the number on the icon stays.",
    ),
)


def _sound(settings: Settings) -> Line:
    from notifier.alerts import sound

    wanted = any(account.sound for account in settings.accounts)
    if sys.platform == "win32":
        return Line("alerts", "sound", WORKS, _("Windows plays the sound it has for new mail."))
    command = sound.command_for(sys.platform)
    if command:
        return Line("alerts", "sound", WORKS, _("The sound of new mail is played by {name}.").format(name=command[0]))
    what = _("There is no program, or no sound theme, to play the sound of new mail.")
    return Line("alerts", "sound", FAILS if wanted else UNKNOWN, what, install("sound"))


# --- what else belongs to a desktop --------------------------------------------------------------------------------


def _password_store(settings: Settings) -> Line:
    """A store that is not there matters only where a password would have to come from it."""
    from notifier.system import passwords

    needed = not settings.accounts or any(not account.pop3.password_command for account in settings.accounts)
    try:
        return Line("passwords", "store", WORKS, passwords.store_name())
    except Trouble as trouble:
        if trouble.reason is Reason.PASSWORD_MISSING:
            return Line("passwords", "store", WORKS, _("There is one, and nothing is in it yet."))
        more = install("passwords") if trouble.reason is Reason.STORE_MISSING and _is_linux() else ""
        return failed("passwords", "store", trouble, state=FAILS if needed else UNKNOWN, more=more)


def _start_at_login() -> Line:
    from notifier.system import autostart
    from notifier.system.installed import own_command

    part, name, command = "program", "start at login", _("“notifier autostart on” switches it on.")
    try:
        state = autostart.status()
    except OSError as error:
        return Line(part, name, UNKNOWN, str(error))
    if not state.on:
        return Line(part, name, UNKNOWN, _("It does not start at login."), command)
    if state.stale:
        why = _("It would start at login, but {why}").format(why=state.why)
        return Line(part, name, FAILS, why, _("“notifier autostart on” enters this installation."))
    own = own_command()
    if state.command[: len(own)] != tuple(own):
        what = _("Another installation starts at login: {command}").format(command=state.command[0])
        return Line(part, name, UNKNOWN, what, _("“notifier autostart on” enters this installation."))
    return Line(part, name, WORKS, _("It starts at login ({where}).").format(where=state.where))


def _mail_program(settings: Settings) -> Line:
    import shutil

    from notifier.system import mail_program

    chosen = settings.general.mail_program
    try:
        words = mail_program.own_command(chosen) if chosen.strip() else mail_program.command_for(sys.platform)
    except mail_program.NoMailProgram as error:
        what, _stop, remedy = str(error).partition(". ")
        return Line("mail program", "open mail", FAILS, f"{what.rstrip('.')}.", remedy)
    if words and shutil.which(words[0]) is None:
        what = _("The mail program “{name}” is not there.").format(name=words[0])
        return Line("mail program", "open mail", FAILS, what, _("Correct mail_program in config.toml."))
    clicks = {
        "menu": _("a click on the icon opens the menu"),
        "check": _("a click on the icon checks now"),
        "compose": _("a click on the icon writes a mail"),
        "mail-program": _("a click on the icon opens it"),
    }
    what = _("{command}; {click}").format(
        command=" ".join(words) or _("the one that Windows knows"), click=clicks[settings.general.on_click]
    )
    return Line("mail program", "open mail", WORKS, what)


def _windows() -> Line:
    if importlib.util.find_spec("tkinter") is None or importlib.util.find_spec("_tkinter") is None:
        what = _("This Python has no Tk: accounts and mails cannot be written in windows.")
        return Line("windows", "Tk", FAILS, what, install("windows"))
    return Line("windows", "Tk", WORKS, _("Windows can be shown."))


def _is_linux() -> bool:
    return sys.platform not in {"win32", "darwin"}
