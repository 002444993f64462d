"""The set-up window: the list of accounts, and one account at a time. `python -m notifier.windows.setup` shows it.

The request holds `home` (see `places`) and `account` (a name to open at once); the answer `saved`, the names saved.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from tkinter import ttk
from typing import TYPE_CHECKING, Any

from notifier.config import load
from notifier.places import Places, places
from notifier.windows import process
from notifier.windows.look import Look, dress, keys
from notifier.windows.setup_form import Form
from notifier.windows.setup_list import AccountList
from notifier.words import _

if TYPE_CHECKING:
    from notifier.setup.discovery import Means

WIDTH, HEIGHT = 760, 640  # points


class Setup:
    """The window: shows the list, or a form in its place. The first account needs no list."""

    def __init__(self, look: Look, where: Places, *, means: Means | None = None) -> None:
        self._look = look
        self._where = where
        self._means = means
        self._form: Form | None = None
        self.saved: list[str] = []
        self._outer = ttk.Frame(look.root, padding=look.px(16))
        self._outer.pack(fill="both", expand=True)
        self._list = AccountList(self._outer, look, where, on_edit=self.open, on_close=look.root.destroy)
        keys(look, close=self._close, accept=self._accept)

    def start(self, account: str | None) -> None:
        """Opens `account`, the form for the first one, or the list."""
        self._list.refresh(account)
        accounts = self._list.settings.accounts
        if account and self._list.settings.account(account):
            self.open(account)
        elif not accounts and not self._list.status.cget("text"):
            self.open(None)
        else:
            self._show_list()

    def open(self, name: str | None) -> None:
        self._list.pack_forget()
        settings = self._list.settings
        old = settings.account(name) if name else None
        self._form = Form(
            self._outer, self._look, self._where, settings, old, means=self._means, on_close=self._form_closed
        )
        self._form.pack(fill="both", expand=True)
        self._form.start()

    def focus(self) -> None:
        """Puts the focus where work begins."""
        if self._form is not None:
            self._form.start()
        else:
            self._list.table.focus_set()

    def _form_closed(self, saved: str | None) -> None:
        if self._form is not None:
            self._form.destroy()
            self._form = None
        self._list.refresh(saved)
        if not self._list.settings.accounts:
            self._look.root.destroy()
            return
        self._show_list()
        if saved:
            self.saved.append(saved)
            self._list.status.say(_("“{name}” is saved and watched.").format(name=saved), "good")

    def _show_list(self) -> None:
        self._list.pack(fill="both", expand=True)
        self._list.table.focus_set()

    def _close(self) -> None:
        if self._form is not None:
            self._form.close()
        else:
            self._list.close()

    def _accept(self) -> None:
        if self._form is not None:
            self._form.go_on()
        else:
            self._list.edit()


def setup(where: Places, account: str | None = None, *, means: Means | None = None) -> list[str]:
    """Shows the window until it is closed; the accounts that were saved, by name. Raises TclError, SettingsError."""
    load(where.config)
    look = dress(_("Notifier: accounts"))
    window = Setup(look, where, means=means)
    window.start(account)
    look.show(WIDTH, HEIGHT)
    look.root.after_idle(window.focus)
    look.root.mainloop()
    return window.saved


def window(request: Mapping[str, Any]) -> dict[str, Any]:
    return {"saved": setup(places(request.get("home")), request.get("account"))}


if __name__ == "__main__":
    sys.exit(process.serve(window))
