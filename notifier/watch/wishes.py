"""What the user wants, by a click on the icon, its menu or an alert, and how it is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from notifier import tray
from notifier.alerts.alert import Answer
from notifier.config import Settings, SettingsError
from notifier.places import Places
from notifier.system import autostart
from notifier.tray.actions import Action
from notifier.watch.opening import open_window
from notifier.watch.pause import Pause
from notifier.watch.watcher import Watcher

_WINDOW_OF: dict[type, str] = {
    tray.Compose: "compose",
    tray.History: "history",
    tray.Setup: "setup",
    tray.Outbox: "outbox",
}
_WINDOW_OF_ANSWER = {"write": "compose", "settings": "setup", "history": "history", "outbox": "outbox"}


class Wishes:
    """Watch's thread only. What cannot be done is a sentence for `complain`; `reload` follows a changed setting."""

    def __init__(
        self,
        places: Places,
        watcher: Watcher,
        pause: Pause,
        *,
        settings: Callable[[], Settings],
        reload: Callable[[], None],
        complain: Callable[[str], None],
        now: Callable[[], float],
        offer_login: bool,
    ) -> None:
        self._places = places
        self._watcher = watcher
        self._pause = pause
        self._settings = settings
        self._reload = reload
        self._complain = complain
        self._now = now
        self.at_login = _starts_at_login() if offer_login else None  # None: it is not to be had, or not known

    def act(self, action: Action) -> None:
        """What was chosen on the icon or in its menu."""
        match action:
            case tray.Click():
                self._clicked()
            case tray.CheckNow(account):
                self._watcher.check_now(account)
            case tray.MarkSeen(account):
                self._watcher.mark_seen(account)
            case tray.Mute(account, on):
                self._edit(lambda edit: edit.set_account(self._places.config, account, muted=on))
            case tray.OpenMail(account):
                self._open_mail(account)
            case tray.Pause(kind):
                self._pause.begin(kind, self._now())
            case tray.Resume():
                self._pause.end()
            case tray.StartAtLogin(on):
                self._start_at_login(on=on)
            case tray.Quit():
                self._watcher.stop()
            case _:
                self._open(_WINDOW_OF[type(action)], getattr(action, "account", None))

    def answered(self, answer: Answer) -> None:
        """What was chosen on an alert."""
        account = answer.account or None
        if answer.action == "open":
            self._open_mail(account, answer.token)
        elif answer.action == "seen":
            self._watcher.mark_seen(account)
        elif answer.action == "check":
            self._watcher.check_now(account)
        elif answer.action in _WINDOW_OF_ANSWER:
            self._open(_WINDOW_OF_ANSWER[answer.action], account)

    def _clicked(self) -> None:
        on_click = self._settings().general.on_click
        if on_click == "check":
            self._watcher.check_now()
        elif on_click == "compose":
            self._open("compose")
        elif on_click == "mail-program":
            self._open_mail(None)

    def _start_at_login(self, *, on: bool) -> None:
        try:
            self.at_login = (autostart.turn_on(self._places.home) if on else autostart.turn_off()).on
        except OSError as error:
            self._complain(str(error))
        self._watcher.show()

    def _open_mail(self, account: str | None, token: str = "") -> None:
        """`token` lets the mail program's window come to the front (XDG activation)."""
        from notifier.system import mail_program

        try:
            mail_program.open_mail(self._settings().general.mail_program, token=token)
        except mail_program.NoMailProgram as error:
            self._complain(str(error))
        else:
            self._watcher.mark_seen(account)

    def _open(self, command: str, account: str | None = None) -> None:
        try:
            open_window(command, self._places, account)
        except OSError as error:
            self._complain(str(error))

    def _edit(self, change: Callable[[Any], None]) -> None:
        """Writes a setting; what is read back is the file, as if edited by hand."""
        from notifier import config_edit

        try:
            change(config_edit)
        except (OSError, SettingsError) as error:
            self._complain(str(error))
        self._reload()


def _starts_at_login() -> bool | None:
    try:
        return autostart.status().on
    except OSError:
        return None
