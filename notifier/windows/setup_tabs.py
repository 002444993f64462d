"""Two of the form's three pages: who the account is for, and what the mailbox is like. (`setup_servers`: the third.)"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from notifier.windows.look import Look
from notifier.windows.setup_parts import Choice, Grid, Wrapped, fault, mnemonic
from notifier.windows.setup_values import ALWAYS, DAYS, NEVER
from notifier.words import _


class _Tab(ttk.Frame):
    """Entries by name, each with its text; a change takes a fault's mark away."""

    def __init__(self, parent: tk.Misc, look: Look, on_change: Callable[[], None]) -> None:
        super().__init__(parent, padding=look.px(16))
        self._look = look
        self._changed = on_change
        self.texts: dict[str, tk.StringVar] = {}
        self.entries: dict[str, ttk.Entry] = {}

    def _entry(self, name: str, parent: tk.Misc | None = None, *, width: int = 20, show: str = "") -> ttk.Entry:
        self.texts[name] = tk.StringVar(self)
        entry = ttk.Entry(parent or self, textvariable=self.texts[name], width=width, show=show)
        self._follow(name, entry)
        return entry

    def _follow(self, name: str, entry: ttk.Entry) -> None:
        self.entries[name] = entry

        def changed(*_unused: str) -> None:
            fault(entry, False)
            self._changed()

        self.texts[name].trace_add("write", changed)


class AccountTab(_Tab):
    """Name, address, password, or a sign-in. `on_find` and `on_sign_in` (with "browser" or "device") act."""

    def __init__(
        self,
        parent: tk.Misc,
        look: Look,
        on_change: Callable[[], None],
        *,
        on_find: Callable[[], None],
        on_sign_in: Callable[[str], None],
    ) -> None:
        super().__init__(parent, look, on_change)
        grid = Grid(self, look)
        grid.add(_("Your &name"), self._entry("full_name"))
        grid.add(_("Mail &address"), self._entry("address"))
        self._password_row(grid)
        self._command_row(grid)
        self._sign_in_row(grid, on_sign_in)
        self.find = ttk.Button(self)
        self.find.configure(command=on_find)
        mnemonic(look, self.find, _("Find the &servers again"), on_find)
        self.find.grid(row=20, column=1, sticky="w", pady=(look.px(8), 0))
        words = _("Only the part behind the @ leaves this computer, never the address or the password.")
        Wrapped(self, text=words).grid(row=21, column=1, sticky="ew", pady=(look.px(4), 0))

    def _password_row(self, grid: Grid) -> None:
        row = ttk.Frame(self)
        row.columnconfigure(0, weight=1)
        entry = self._entry("password", row, show="•")
        entry.grid(row=0, column=0, sticky="ew")
        self._shown = tk.BooleanVar(self)
        box = ttk.Checkbutton(row, variable=self._shown, command=self._show_password)
        mnemonic(self._look, box, _("s&how"), box.invoke)
        box.grid(row=0, column=1, padx=(self._look.px(8), 0))
        label = grid.add("", row)
        mnemonic(self._look, label, _("&Password"), entry.focus_set)
        label.bind("<Button-1>", lambda _event: entry.focus_set())
        self._password_note = ttk.Label(self, style="Small.TLabel")
        grid.below(self._password_note)
        self._password_note.grid_remove()

    def _show_password(self) -> None:
        self.entries["password"].configure(show="" if self._shown.get() else "•")

    def _command_row(self, grid: Grid) -> None:
        """For desktops without a password store; hidden otherwise."""
        entry = self._entry("password_command")
        label = grid.add(_("Password command"), entry)
        note = ttk.Label(self, style="Small.TLabel", text=_("its first line of output is the password: pass show mail"))
        grid.below(note)
        self._command_parts = (label, entry, note)
        self.show_command(False)

    def _sign_in_row(self, grid: Grid, on_sign_in: Callable[[str], None]) -> None:
        row = ttk.Frame(self)
        self.sign_in = ttk.Button(row, command=lambda: on_sign_in("browser"))
        mnemonic(self._look, self.sign_in, _("Sign &in with the web browser…"), lambda: on_sign_in("browser"))
        self.sign_in.pack(side="left")
        self._device = ttk.Button(row, text=_("with a code…"), command=lambda: on_sign_in("device"))
        self._sign_in_parts = (grid.add(_("Sign-in"), row), row)
        self.show_sign_in(shown=False, device=False)

    def show_find(self, shown: bool) -> None:
        """Needed only once the main button does something else."""
        self.find.grid() if shown else self.find.grid_remove()

    # --- what is there -------------------------------------------------------------------------------------------

    def show_command(self, shown: bool = True) -> None:
        for part in self._command_parts:
            part.grid() if shown else part.grid_remove()

    def show_sign_in(self, *, shown: bool, device: bool) -> None:
        for part in self._sign_in_parts:
            part.grid() if shown else part.grid_remove()
        if device:
            self._device.pack(side="left", padx=(self._look.px(8), 0))
        else:
            self._device.pack_forget()

    def take_passwords(self, taken: bool) -> None:
        self.entries["password"].state(["!disabled" if taken else "disabled"])

    def note_password(self, words: str) -> None:
        self._password_note.configure(text=words)
        self._password_note.grid() if words else self._password_note.grid_remove()


class MailboxTab(_Tab):
    """What the mailbox holds, how the mail program treats it, how it is watched."""

    def __init__(self, parent: tk.Misc, look: Look, on_change: Callable[[], None], usual_interval: str) -> None:
        super().__init__(parent, look, on_change)
        grid = Grid(self, look)
        grid.add(_("Na&me of the account"), self._entry("name"))
        grid.add(_("The mailbox &holds"), self._entry("limit", width=14), wide=False)
        self._limit_note = Wrapped(self)
        grid.below(self._limit_note)
        self.note_limit()
        grid.add(_("&Warn at"), self._percent(), wide=False)
        grid.add(_("My mail program &keeps mail on the server"), self._keep(), wide=False)
        self._interval(grid, usual_interval)
        self.sound = self._box(grid, _("S&ound for new mail"))
        self.muted = self._box(grid, _("M&uted: watched and shown, but never announced"))

    def _percent(self) -> ttk.Frame:
        row = ttk.Frame(self)
        self._entry("warn_at", row, width=14).grid(row=0, column=0)
        ttk.Label(row, text=_("percent")).grid(row=0, column=1, padx=(self._look.px(6), 0))
        return row

    def _keep(self) -> ttk.Frame:
        row = ttk.Frame(self)
        options = [(ALWAYS, _("always")), (DAYS, _("for some days")), (NEVER, _("not at all"))]
        self.keep = Choice(row, options)
        self.keep.grid(row=0, column=0)
        self.keep.bind("<<ComboboxSelected>>", lambda _event: self._keep_chosen(), add=True)
        self.texts["keep_days"] = tk.StringVar(self)
        days = ttk.Spinbox(row, from_=1, to=3650, width=6, textvariable=self.texts["keep_days"])
        self._follow("keep_days", days)
        days.grid(row=0, column=1, padx=self._look.px(8))
        self._days = (days, ttk.Label(row, text=_("days")))
        self._days[1].grid(row=0, column=2)
        return row

    def _keep_chosen(self) -> None:
        for part in self._days:
            part.grid() if self.keep.value == DAYS else part.grid_remove()
        self._changed()

    def _interval(self, grid: Grid, usual: str) -> None:
        self.texts["interval"] = tk.StringVar(self)
        often = ttk.Combobox(
            self, textvariable=self.texts["interval"], values=["5 min", "10 min", "15 min", "30 min", "1 h"], width=12
        )
        self._follow("interval", often)
        grid.add(_("&Check every"), often, wide=False)
        grid.below(ttk.Label(self, style="Small.TLabel", text=_("empty: {span}, as usual").format(span=usual)))

    def _box(self, grid: Grid, text: str) -> tk.BooleanVar:
        value = tk.BooleanVar(self)
        box = ttk.Checkbutton(self, variable=value, command=self._changed)
        mnemonic(self._look, box, text, box.invoke)
        grid.below(box)
        return value

    def note_limit(self, words: str = "") -> None:
        self._limit_note.configure(text=words or _("such as “500 MB” or “1 GB”; empty if you do not know"))

    def put(self, keep: str, *, sound: bool, muted: bool) -> None:
        self.keep.value = keep
        self.sound.set(sound)
        self.muted.set(muted)
        self._keep_chosen()
