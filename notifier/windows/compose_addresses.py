"""A field for addresses: completes people written to before, checks what is typed, takes pasted lists in any form."""

from __future__ import annotations

import contextlib
import tkinter as tk
from collections.abc import Callable
from tkinter import ttk

from notifier.outgoing.addresses import Mailbox, explain, parse_list
from notifier.windows.look import Look

_SEPARATORS = ",;"
_CHECK_AFTER = 700  # milliseconds without a key; who types on is not interrupted


class AddressField(ttk.Entry):
    """`complete(prefix)` finds people; `on_check` hears the first thing that is wrong, or an empty sentence."""

    def __init__(
        self,
        parent: tk.Misc,
        look: Look,
        *,
        complete: Callable[[str], list[Mailbox]],
        on_change: Callable[[], None],
        on_check: Callable[[AddressField, str], None],
    ) -> None:
        self.value = tk.StringVar(parent)
        super().__init__(parent, textvariable=self.value)
        self._suggestions = _Suggestions(self, look, self._take)
        self._complete = complete
        self._on_change = on_change
        self._on_check = on_check
        self._check_timer = ""
        self.value.trace_add("write", lambda *_: self._changed())
        self.bind("<KeyRelease>", self._key_released)
        self.bind("<FocusOut>", lambda _: self._left())
        self.bind("<<Paste>>", self._paste)
        for key, action in {
            "<Down>": lambda: self._suggestions.move(1),
            "<Up>": lambda: self._suggestions.move(-1),
            "<Return>": self._suggestions.take,
            "<Tab>": self._suggestions.take,
            "<Escape>": self._suggestions.hide,
        }.items():
            self.bind(key, lambda _event, act=action: "break" if act() else None)  # type: ignore[misc]

    @property
    def problem(self) -> str:
        """What is wrong with the list as it stands; empty if nothing is."""
        return next((explain(m) for m in parse_list(self.value.get()) if m.problem), "")

    # --- typing --------------------------------------------------------------------------------------------------

    def _changed(self) -> None:
        self._on_change()
        if self._check_timer:
            self.after_cancel(self._check_timer)
        self._check_timer = self.after(_CHECK_AFTER, lambda: self.check(finished=False))

    def _key_released(self, event: tk.Event[tk.Misc]) -> None:
        if event.keysym in {"Down", "Up", "Return", "Tab", "Escape", "Shift_L", "Shift_R", "Control_L", "Control_R"}:
            return
        start, end = self._word()
        typed = self.value.get()[start:end].strip()
        if len(typed) < 1 or self.index("insert") < end:
            self._suggestions.hide()
            return
        already = {m.address for m in parse_list(self.value.get())}
        self._suggestions.show([m for m in self._complete(typed) if m.address not in already])

    def _word(self) -> tuple[int, int]:
        """Where the entry that the cursor is in begins and ends."""
        text, cursor = self.value.get(), self.index("insert")
        start = max(text.rfind(separator, 0, cursor) for separator in _SEPARATORS) + 1
        ends = [found for separator in _SEPARATORS if (found := text.find(separator, cursor)) >= 0]
        return start, min(ends, default=len(text))

    def _take(self, mailbox: Mailbox) -> None:
        start, end = self._word()
        text = self.value.get()
        before = text[:start].rstrip()
        filled = f"{before} {mailbox.shown}, " if before else f"{mailbox.shown}, "
        self.value.set(filled + text[end:].lstrip(_SEPARATORS + " "))
        self.icursor(len(filled))
        self.xview_moveto(1.0)

    def _paste(self, _event: tk.Event[tk.Misc]) -> str | None:
        try:
            text = self.clipboard_get()
        except tk.TclError:
            return None
        lines = [line.strip(" ,;") for line in text.splitlines() if line.strip(" ,;")]
        with contextlib.suppress(tk.TclError):
            self.delete("sel.first", "sel.last")
        self.insert("insert", ", ".join(lines))
        self.check(finished=False)
        return "break"

    # --- checking ------------------------------------------------------------------------------------------------

    def _left(self) -> None:
        self._suggestions.hide()
        self.check(finished=True)

    def check(self, *, finished: bool) -> None:
        """Marks the field and says what is wrong; the entry still being typed is judged only when `finished`."""
        mailboxes = parse_list(self.value.get())
        at_end = self.index("insert") == len(self.value.get())
        if not finished and at_end and not self.value.get().rstrip().endswith(tuple(_SEPARATORS)):
            mailboxes = mailboxes[:-1]
        wrong = next((m for m in mailboxes if m.problem), None)
        doubtful = next((m for m in mailboxes if m.doubt), None)
        self.state(["invalid"] if wrong else ["!invalid"])
        told = wrong or doubtful
        self._on_check(self, explain(told) if told else "")


class _Suggestions:
    """The list under the field. It never takes the focus, so that typing goes on."""

    ROWS = 8

    def __init__(self, field: ttk.Entry, look: Look, take: Callable[[Mailbox], None]) -> None:
        self._field = field
        self._look = look
        self._take = take
        self._mailboxes: list[Mailbox] = []
        self._window: tk.Toplevel | None = None
        self._row = 0

    def show(self, mailboxes: list[Mailbox]) -> None:
        self.hide()
        if not mailboxes:
            return
        self._mailboxes = mailboxes[: self.ROWS]
        colours = self._look.colours
        window = tk.Toplevel(self._field, background=colours.line)
        window.overrideredirect(True)
        window.attributes("-topmost", True)
        rows = self._rows = tk.Listbox(
            window,
            height=len(self._mailboxes),
            font="SunValleyBodyFont",
            background=colours.field,
            foreground=colours.text,
            selectbackground=colours.selected,
            selectforeground=colours.selected_text,
            highlightthickness=0,
            borderwidth=0,
            activestyle="none",
            exportselection=False,
            takefocus=False,
        )
        rows.insert("end", *(f" {m.shown} " for m in self._mailboxes))
        rows.pack(padx=1, pady=1, fill="both", expand=True)
        rows.bind("<ButtonRelease-1>", lambda event: self._clicked(event.y))
        rows.bind("<Motion>", lambda event: self._select(int(rows.index(f"@0,{event.y}"))))
        window.update_idletasks()
        left, top = self._field.winfo_rootx(), self._field.winfo_rooty() + self._field.winfo_height()
        window.geometry(f"{max(window.winfo_reqwidth(), self._look.px(260))}x{window.winfo_reqheight()}+{left}+{top}")
        self._window = window
        self._select(0)

    def hide(self) -> bool:
        """Whether there was anything to hide."""
        there = self._window is not None
        if self._window is not None:
            self._window.destroy()
            self._window = None
        return there

    def move(self, by: int) -> bool:
        if self._window is None:
            return False
        self._select((self._row + by) % len(self._mailboxes))
        return True

    def take(self) -> bool:
        if self._window is None:
            return False
        self.hide()
        self._take(self._mailboxes[self._row])
        return True

    def _clicked(self, y: int) -> None:
        self._select(int(self._rows.index(f"@0,{y}")))
        self.take()

    def _select(self, row: int) -> None:
        self._row = row
        self._rows.selection_clear(0, "end")
        self._rows.selection_set(row)
        self._rows.see(row)
