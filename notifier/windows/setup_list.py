"""The list of accounts in the set-up window: add, edit, remove, put into order, mute, take over from elsewhere."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from dataclasses import dataclass
from tkinter import ttk

from notifier.config import Account, Settings, SettingsError, load
from notifier.places import Places
from notifier.setup import moving, saving, thunderbird
from notifier.windows.look import MODIFIER, Look, StatusLine
from notifier.windows.question import ask
from notifier.windows.setup_parts import mnemonic
from notifier.windows.setup_words import failure_words
from notifier.windows.setup_work import Work
from notifier.words import _, size


@dataclass(frozen=True, slots=True)
class Row:
    """What the list shows of an account."""

    name: str
    receiving: str
    sending: str
    limit: str
    state: str


def row_of(account: Account) -> Row:
    return Row(
        account.name,
        account.pop3.host,
        account.smtp[0].host if account.smtp else "–",
        size(account.mailbox_limit) if account.mailbox_limit else "–",
        _("muted") if account.muted else "",
    )


def moved(names: list[str], name: str, by: int) -> list[str]:
    """`names` with `name` moved up (-1) or down (1), as far as there is room."""
    place = names.index(name)
    target = min(max(place + by, 0), len(names) - 1)
    rest = [n for n in names if n != name]
    return [*rest[:target], name, *rest[target:]]


class AccountList(ttk.Frame):
    """`on_edit` hears which account to open, None for a new one."""

    def __init__(
        self,
        parent: tk.Misc,
        look: Look,
        where: Places,
        *,
        on_edit: Callable[[str | None], None],
        on_close: Callable[[], None],
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._where = where
        self._on_edit = on_edit
        self._on_close = on_close
        self._settings = Settings()
        self._work = Work(look.root)
        self._leaving = False
        self.columnconfigure(0, weight=1)
        self.rowconfigure(1, weight=1)
        ttk.Label(self, text=_("Accounts"), style="Title.TLabel").grid(row=0, column=0, sticky="w")
        self._build_table()
        self._build_buttons()
        self.status = StatusLine(self)
        self.status.grid(row=2, column=0, columnspan=2, sticky="ew", pady=(look.px(8), 0))
        self._build_bottom()

    # --- building ------------------------------------------------------------------------------------------------

    def _build_table(self) -> None:
        px = self._look.px
        columns = {
            "name": (_("Account"), 150),
            "receiving": (_("Receives from"), 170),
            "sending": (_("Sends by"), 170),
            "limit": (_("Holds"), 70),
            "state": ("", 70),
        }
        ttk.Style(self).configure("Accounts.Treeview", rowheight=px(30))
        self.table = ttk.Treeview(
            self, columns=list(columns), show="headings", selectmode="browse", height=8, style="Accounts.Treeview"
        )
        for key, (title, width) in columns.items():
            self.table.heading(key, text=f" {title}", anchor="w")
            self.table.column(key, width=px(width), minwidth=px(50), anchor="w")
        self.table.grid(row=1, column=0, sticky="nsew", pady=(px(8), 0))
        self.table.bind("<<TreeviewSelect>>", lambda _event: self._show_able())
        for event in ("<Double-Button-1>", "<Return>", "<KP_Enter>"):
            self.table.bind(event, lambda _event: self.edit())
        self.table.bind("<Delete>", lambda _event: self.remove())
        self.table.bind("<space>", lambda _event: self.mute())
        self.table.bind("<Alt-Up>", lambda _event: self._move_by_key(-1))
        self.table.bind("<Alt-Down>", lambda _event: self._move_by_key(1))
        self._look.root.bind(f"<{MODIFIER}-n>", lambda _event: self.add() if self.winfo_viewable() else None)

    def _build_buttons(self) -> None:
        px = self._look.px
        side = ttk.Frame(self)
        side.grid(row=1, column=1, sticky="n", padx=(px(12), 0), pady=(px(8), 0))
        self._buttons: dict[str, ttk.Button] = {}
        for name, text, act in (
            ("add", _("&Add…"), self.add),
            ("edit", _("&Edit…"), self.edit),
            ("mute", _("&Mute"), self.mute),
            ("up", _("Move &up"), lambda: self.move(-1)),
            ("down", _("Move &down"), lambda: self.move(1)),
            ("remove", _("&Remove…"), self.remove),
        ):
            button = ttk.Button(side, command=act, width=12)
            mnemonic(self._look, button, text, act)
            button.pack(fill="x", pady=(0, px(6)))
            self._buttons[name] = button

    def _build_bottom(self) -> None:
        px = self._look.px
        row = ttk.Frame(self)
        row.grid(row=3, column=0, columnspan=2, sticky="ew", pady=(px(10), 0))
        take = ttk.Button(row, command=self.take_over)
        mnemonic(self._look, take, _("&Take over from Thunderbird…"), self.take_over)
        take.pack(side="left")
        close = ttk.Button(row, style="Accent.TButton", command=self.close, width=12)
        mnemonic(self._look, close, _("&Close"), self.close)
        close.pack(side="right")

    # --- showing -------------------------------------------------------------------------------------------------

    def refresh(self, select: str | None = None) -> None:
        """Reads the settings anew, and selects an account. A file that cannot be read is said, and nothing changed."""
        try:
            self._settings = load(self._where.config)
        except SettingsError as error:
            self.status.say(str(error), "error")
            return
        select = select or self.selected
        self.table.delete(*self.table.get_children())
        for account in self._settings.accounts:
            row = row_of(account)
            values = (row.name, row.receiving, row.sending, row.limit, row.state)
            self.table.insert("", "end", iid=account.name, values=values)
        names = [a.name for a in self._settings.accounts]
        if names:
            chosen = select if select in names else names[0]
            self.table.selection_set((chosen,))
            self.table.focus(chosen)
            self.table.see(chosen)
        self._show_able()
        self.table.focus_set()

    @property
    def settings(self) -> Settings:
        return self._settings

    @property
    def selected(self) -> str | None:
        chosen = self.table.selection()
        return chosen[0] if chosen else None

    def _show_able(self) -> None:
        names = [a.name for a in self._settings.accounts]
        name = self.selected
        account = self._settings.account(name) if name and not self._work.busy else None
        self._enable("add", not self._work.busy)
        for key in ("edit", "mute", "remove", "up", "down"):
            self._enable(key, account is not None)
        if account is not None:
            self._enable("up", names.index(account.name) > 0)
            self._enable("down", names.index(account.name) < len(names) - 1)
        self._buttons["mute"].configure(text=_("Unmute") if account and account.muted else _("Mute"))

    def _enable(self, key: str, able: bool) -> None:
        self._buttons[key].state(["!disabled" if able else "disabled"])

    # --- acting --------------------------------------------------------------------------------------------------

    def _chosen(self) -> Account | None:
        """The account that a key or button is about; none while one is being removed."""
        return None if self._work.busy else self._settings.account(self.selected or "")

    def add(self) -> None:
        if not self._work.busy:
            self._on_edit(None)

    def edit(self) -> None:
        account = self._chosen()
        if account:
            self._on_edit(account.name)

    def mute(self) -> None:
        account = self._chosen()
        if account:
            self._do(lambda: saving.mute(self._where, account.name, on=not account.muted), account.name)

    def move(self, by: int) -> None:
        account = self._chosen()
        if account:
            names = moved([a.name for a in self._settings.accounts], account.name, by)
            self._do(lambda: saving.reorder(self._where, names), account.name)

    def _move_by_key(self, by: int) -> str:
        self.move(by)
        return "break"

    def remove(self) -> None:
        account = self._chosen()
        if account is None:
            return
        question = _("Remove “{name}” with its password? The mail on the server stays as it is.")
        answers = [("no", _("Keep it")), ("yes", _("Remove"))]
        said = ask(self._look, _("Remove"), question.format(name=account.name), answers, default="no", escape="no")
        if said == "yes":
            self._begin_removing(account)

    def _begin_removing(self, account: Account) -> None:
        """Aside: a password store that is locked asks its user first."""

        def removed(_nothing: None) -> None:
            self._after_removing(_("“{name}” was removed.").format(name=account.name), "note")

        self._work.start(
            lambda _post, _ending: saving.remove(self._where, account),
            done=removed,
            failed=lambda error: self._after_removing(failure_words(error), "error"),
            stopped=lambda: None,
        )
        self.status.say(_("Removing…"))
        self._show_able()

    def _after_removing(self, words: str, kind: str) -> None:
        if self._leaving:
            self._on_close()
            return
        self.refresh(None)
        self.status.say(words, kind)

    def close(self) -> None:
        """What is being removed goes with its password: the window waits for that out of sight."""
        if self._work.busy:
            self._leaving = True
            self._look.root.withdraw()
        else:
            self._on_close()

    def take_over(self) -> None:
        if self._work.busy:
            return
        found = thunderbird.profiles()
        if not found:
            self.status.say(_("No Thunderbird profile was found on this computer."), "error")
            return

        def take() -> None:
            taken = moving.take_over(self._where, thunderbird.accounts(found[0].folder))
            self.status.say(moving.report(taken).replace("\n", "  "), "good" if taken.added else "note")

        self._do(take, None)

    def _do(self, change: Callable[[], None], select: str | None) -> None:
        self.status.say("")
        try:
            change()
        except (SettingsError, OSError) as error:
            self.status.say(str(error), "error")
        self.refresh(select)
