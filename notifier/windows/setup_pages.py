"""The three pages of an account's fields, as one: filled from values, read as values, faults shown where they are."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from dataclasses import replace
from tkinter import ttk

from notifier.config import Account
from notifier.windows.look import Look, StatusLine
from notifier.windows.question import ask
from notifier.windows.setup_parts import fault
from notifier.windows.setup_servers import ServerPane
from notifier.windows.setup_tabs import AccountTab, MailboxTab
from notifier.windows.setup_values import Fault, FaultsError, Fields, account_of
from notifier.words import _


class Pages(ttk.Notebook):
    """`on_change` hears of what the user changes, not of what is filled in."""

    def __init__(
        self,
        parent: tk.Misc,
        look: Look,
        usual_interval: str,
        *,
        on_change: Callable[[], None],
        on_find: Callable[[], None],
        on_sign_in: Callable[[str], None],
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._on_change = on_change
        self._filling = False
        self.account = AccountTab(self, look, self._changed, on_find=on_find, on_sign_in=on_sign_in)
        self.servers = self._servers()
        self.mailbox = MailboxTab(self, look, self._changed, usual_interval)
        self.add(self.account, text=_("Account"))
        self.add(self.servers, text=_("Servers"))
        self.add(self.mailbox, text=_("Mailbox"))
        self.enable_traversal()

    def _servers(self) -> ttk.Frame:
        look = self._look
        frame = ttk.Frame(self, padding=look.px(12))
        frame.columnconfigure((0, 1), weight=1, uniform="server")
        frame.rowconfigure(1, weight=1)
        self.warning = StatusLine(frame)
        self.warning.grid(row=0, column=0, columnspan=2, sticky="ew", pady=(0, look.px(8)))
        self.warning.grid_remove()
        self.pop3 = ServerPane(frame, look, "pop3", _("Receiving (POP3)"), self._changed)
        self.smtp = ServerPane(frame, look, "smtp", _("Sending (SMTP)"), self._changed)
        self.pop3.grid(row=1, column=0, sticky="nsew", padx=(0, look.px(5)))
        self.smtp.grid(row=1, column=1, sticky="nsew", padx=(look.px(5), 0))
        return frame

    def _changed(self) -> None:
        if not self._filling:
            self._on_change()

    def warn(self, sentence: str) -> None:
        """A sentence above the servers that a person should read before trusting them; empty for none."""
        self.warning.say(sentence, "error")
        self.warning.grid() if sentence else self.warning.grid_remove()

    def turn_to(self, page: ttk.Frame, entry: str = "") -> None:
        """Shows `page`, and puts the focus into one of its entries."""
        self.tk.call(str(self), "select", str(page))
        if entry and isinstance(page, AccountTab | MailboxTab):
            page.entries[entry].focus_set()

    # --- values --------------------------------------------------------------------------------------------------

    def put(self, fields: Fields) -> None:
        self._filling = True
        for tab in (self.account, self.mailbox):
            for name, text in tab.texts.items():
                if hasattr(fields, name):
                    text.set(getattr(fields, name))
        self.account.texts["password_command"].set(fields.pop3.password_command)
        self.pop3.put(fields.pop3)
        self.smtp.put(fields.smtp, sends=fields.sends)
        self.mailbox.put(fields.keep, sound=fields.sound, muted=fields.muted)
        self._filling = False

    def get(self) -> Fields:
        account, mailbox = self.account.texts, self.mailbox.texts
        return Fields(
            full_name=account["full_name"].get(),
            address=account["address"].get().strip(),
            name=mailbox["name"].get(),
            pop3=replace(self.pop3.get(), password_command=account["password_command"].get()),
            sends=bool(self.smtp.sends.get()),
            smtp=self.smtp.get(),
            limit=mailbox["limit"].get(),
            warn_at=mailbox["warn_at"].get(),
            keep=self.mailbox.keep.value,
            keep_days=mailbox["keep_days"].get(),
            interval=mailbox["interval"].get(),
            sound=bool(self.mailbox.sound.get()),
            muted=bool(self.mailbox.muted.get()),
        )

    @property
    def password(self) -> str:
        return self.account.texts["password"].get()

    @property
    def everything(self) -> tuple[Fields, str, str]:
        """All that was typed, to see whether anything was."""
        return self.get(), self.password, self.smtp.password

    def suggest_interval(self, seconds: int) -> None:
        """Fills in an interval that the server wants, if the user chose none."""
        text = self.mailbox.texts["interval"]
        if not text.get():
            self._filling = True
            text.set(f"{-(-seconds // 60)} min")
            self._filling = False

    def read(self, old: Account | None, taken: list[str], complain: Callable[[str], None]) -> Account | None:
        """The account in the fields; None when something is wrong with them, which is then shown."""
        while True:
            try:
                return account_of(self.get(), old, taken)
            except FaultsError as error:
                if not self._said_twice(error.faults):
                    self.show_faults(error.faults)
                    complain(error.faults[0].sentence)
                    return None

    def _said_twice(self, faults: list[Fault]) -> bool:
        """Asks whether a password may travel in the clear, if that is all that is wrong."""
        if not all(f.plaintext for f in faults):
            return False
        question = faults[0].sentence + " " + _("Do you want that?")
        answers = [("no", _("No, go back")), ("yes", _("Send it unencrypted"))]
        if ask(self._look, _("Not encrypted"), question, answers, default="no", escape="no") != "yes":
            return False
        for found in faults:
            self.pane(found.field.partition(".")[0]).allow_plaintext()
        return True

    # --- faults --------------------------------------------------------------------------------------------------

    def show_faults(self, faults: list[Fault]) -> None:
        """Marks every field that cannot be used, and leads to the first."""
        places = [self._place_of(found.field) for found in faults]
        for _page, entry in places:
            if entry is not None:
                fault(entry, True)
        if places:
            self.turn_to(places[0][0])
            if places[0][1] is not None:
                places[0][1].focus_set()

    def _place_of(self, field: str) -> tuple[ttk.Frame, ttk.Entry | None]:
        role, _dot, name = field.rpartition(".")
        if role:
            return self.servers, self.pane(role).entries.get(name)
        page: AccountTab | MailboxTab = self.account if field in self.account.entries else self.mailbox
        return page, page.entries.get(field)

    def pane(self, role: str) -> ServerPane:
        return {"pop3": self.pop3, "smtp": self.smtp}[role]
