"""The foot of an account's form: what goes on, what came of it, and the one button that leads through."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from notifier.windows.look import Look, StatusLine
from notifier.windows.setup_parts import mnemonic
from notifier.words import _

FIND, SAVE, ANYWAY = "find", "save", "anyway"


class Footer(ttk.Frame):
    """`step` is what the main button does next: FIND, SAVE or ANYWAY."""

    def __init__(
        self,
        parent: tk.Misc,
        look: Look,
        *,
        on_test: Callable[[], None],
        on_stop: Callable[[], None],
        on_go: Callable[[], None],
        on_cancel: Callable[[], None],
    ) -> None:
        super().__init__(parent)
        self._look = look
        self.step = FIND
        self.columnconfigure(0, weight=1)
        self.rowconfigure(0, minsize=look.px(14))
        self._bar = ttk.Progressbar(self, mode="indeterminate")
        self._bar.grid(row=0, column=0, sticky="ew")
        self._bar.grid_remove()
        self.status = StatusLine(self)
        self.status.grid(row=1, column=0, sticky="ew", pady=(look.px(6), 0))
        row = ttk.Frame(self)
        row.grid(row=2, column=0, sticky="ew", pady=(look.px(8), 0))
        self._test = ttk.Button(row, command=on_test)
        mnemonic(look, self._test, _("&Test"), on_test)
        self._test.pack(side="left")
        self._stop = ttk.Button(row, text=_("Stop"), command=on_stop)
        self._primary = ttk.Button(row, style="Accent.TButton", width=16, command=on_go)
        self._primary.pack(side="right")
        ttk.Button(row, text=_("Cancel"), command=on_cancel).pack(side="right", padx=look.px(8))

    def show(self, step: str) -> None:
        self.step = step
        names = {FIND: _("Find servers"), SAVE: _("Test and save"), ANYWAY: _("Save anyway")}
        self._primary.configure(text=names[step])
        self._test.state(["disabled" if step == FIND else "!disabled"])

    def busy(self, words: str) -> None:
        """Something goes on that can be stopped, and nothing else can be begun."""
        self.status.say(words)
        for button in (self._primary, self._test):
            button.state(["disabled"])
        self._stop.pack(side="left", padx=(self._look.px(8), 0))
        self._stop.focus_set()
        self._bar.grid()
        self._bar.start(12)

    def idle(self) -> None:
        self._bar.stop()
        self._bar.grid_remove()
        self._stop.pack_forget()
        self._primary.state(["!disabled"])
        self.show(self.step)
        self._primary.focus_set()
