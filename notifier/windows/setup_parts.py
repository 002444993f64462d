"""Small parts of the set-up window: labelled fields that can show a fault, choices with words, a report of steps."""

from __future__ import annotations

import sys
import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from tkinter import ttk

from notifier.windows.look import Look

MARKS = {"asking": "…", "ok": "✓", "none": "–", "note": "ℹ", "failed": "✗"}
_STYLES = {"ok": "good", "failed": "error", "note": "accent", "asking": "faint", "none": "faint"}


def mnemonic(
    look: Look, widget: ttk.Button | ttk.Checkbutton | ttk.Label, text: str, act: Callable[[], object]
) -> None:
    """Gives `widget` its text; the letter behind an “&” in it is underlined and does `act` with Alt."""
    before, mark, after = text.partition("&")
    plain = before + after
    if not mark or not after or sys.platform == "darwin":
        widget.configure(text=plain)
        return
    widget.configure(text=plain, underline=len(before))

    def pressed(_event: tk.Event[tk.Misc]) -> str | None:
        if not widget.winfo_exists() or not widget.winfo_viewable() or "disabled" in map(str, widget.state()):
            return None
        act()
        return "break"

    # Several pages may use one letter: each binding looks whether its widget is to be seen.
    look.root.bind(f"<Alt-{after[0].lower()}>", pressed, add=True)


class Choice(ttk.Combobox):
    """A choice among values, each shown in words."""

    def __init__(self, parent: tk.Misc, options: Sequence[tuple[str, str]], *, width: int = 14) -> None:
        super().__init__(parent, state="readonly", values=[words for _value, words in options], width=width)
        self._values = [value for value, _words in options]
        self.current(0)
        # The wheel over a closed list would change a setting that nobody looked at.
        for event in ("<MouseWheel>", "<Button-4>", "<Button-5>"):
            self.bind(event, lambda _event: "break")
        self.bind("<<ComboboxSelected>>", lambda _event: self.selection_clear(), add=True)

    @property
    def value(self) -> str:
        return self._values[self.current()]

    @value.setter
    def value(self, value: str) -> None:
        self.current(self._values.index(value))


class Grid:
    """Fields one below the other with labels before them; a click on a label, or its Alt letter, leads to the field."""

    def __init__(self, parent: tk.Misc, look: Look, *, first: int = 0) -> None:
        self.parent = parent
        self._look = look
        self._row = first
        parent.columnconfigure(1, weight=1)

    def add(self, text: str, widget: tk.Widget, *, wide: bool = True) -> ttk.Label:
        px = self._look.px
        label = ttk.Label(self.parent, style="Faint.TLabel")
        mnemonic(self._look, label, text, widget.focus_set)
        label.bind("<Button-1>", lambda _event: widget.focus_set())
        label.grid(row=self._row, column=0, sticky="w", padx=(0, px(10)), pady=px(4))
        widget.grid(row=self._row, column=1, sticky="ew" if wide else "w", pady=px(4))
        self._row += 1
        return label

    def below(self, widget: tk.Widget) -> None:
        """A widget without a label, under the field above."""
        widget.grid(row=self._row, column=1, sticky="ew", pady=(0, self._look.px(4)))
        self._row += 1


class Wrapped(ttk.Label):
    """Words that wrap to the width they are given."""

    def __init__(self, parent: tk.Misc, style: str = "Small.TLabel", text: str = "") -> None:
        super().__init__(parent, style=style, text=text, justify="left", anchor="w")
        self.bind("<Configure>", lambda event: self.configure(wraplength=max(event.width, 60)))


@dataclass
class _Line:
    key: str
    mark: str
    words: str
    more: str


class Report(ttk.Frame):
    """Steps one below the other, each with a mark; a step may change its mark later. Can be read and copied."""

    def __init__(self, parent: tk.Misc, look: Look, *, height: int = 7) -> None:
        super().__init__(parent)
        self._lines: list[_Line] = []
        self._look = look
        self.text = look.text(self, width=40, height=height)
        self.text.configure(state="disabled", takefocus=False, undo=False, cursor="arrow", spacing1=look.px(1))
        self.text.border.pack(fill="both", expand=True)
        self.text.border.columnconfigure(0, weight=1)
        self.text.border.rowconfigure(0, weight=1)
        self.text.grid(row=0, column=0, sticky="nsew")
        bar = ttk.Scrollbar(self.text.border, command=self.text.yview)
        self.text.configure(yscrollcommand=lambda first, last: _scroll(bar, first, last))
        bar.grid(row=0, column=1, sticky="ns")
        colours = look.colours
        for name, colour in (("good", colours.good), ("error", colours.error), ("faint", colours.faint),
                             ("accent", colours.accent), ("words", colours.text)):  # fmt: skip
            self.text.tag_configure(name, foreground=colour)
        hanging = look.px(22)
        self.text.tag_configure("line", lmargin1=0, lmargin2=hanging, tabs=(hanging,))
        self.text.tag_configure("more", lmargin1=hanging, lmargin2=hanging)

    def clear(self) -> None:
        self._lines.clear()
        self._draw()

    def put(self, key: str, mark: str, words: str, more: str = "") -> None:
        """A line; one with a `key` that is there already takes its place. `mark` is a key of MARKS."""
        line = _Line(key, mark, words, more)
        for place, known in enumerate(self._lines):
            if key and known.key == key:
                self._lines[place] = line
                break
        else:
            self._lines.append(line)
        self._draw()

    def _draw(self) -> None:
        text = self.text
        text.configure(state="normal")
        text.delete("1.0", "end")
        for line in self._lines:
            style = _STYLES[line.mark]
            text.insert("end", f"{MARKS[line.mark]}\t", ("line", style))
            text.insert("end", f"{line.words}\n", ("line", style if line.mark == "failed" else "words"))
            if line.more:
                text.insert("end", f"{line.more}\n", ("more", "words"))
        text.delete("end-1c", "end")
        text.configure(state="disabled")
        text.see("end")

    @property
    def words(self) -> str:
        return self.text.get("1.0", "end-1c")


def _scroll(bar: ttk.Scrollbar, first: float, last: float) -> None:  # Tk says "0.0", whatever the stubs say
    bar.set(first, last)
    if float(first) <= 0 and float(last) >= 1:
        bar.grid_remove()
    else:
        bar.grid()


def fault(widget: ttk.Entry, wrong: bool) -> None:
    """Marks a field as one that cannot be used, until it is changed."""
    widget.state(["invalid" if wrong else "!invalid"])
