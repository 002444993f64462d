"""The accounts in the status window: a card each, in a list that scrolls when the screen is too small for all."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from tkinter import ttk

from notifier.windows.look import Look
from notifier.windows.setup_parts import Wrapped
from notifier.windows.status_values import Card

BAR = 6  # points, the height of the bar
TEXT_WIDTH = 450  # points, before the window has its own say: how long a line may be


class CardView(ttk.Frame):
    """One account's card: lines that have nothing to say take no room."""

    def __init__(self, parent: tk.Misc, look: Look, *, first: bool) -> None:
        super().__init__(parent)
        px = look.px
        if not first:
            tk.Frame(self, height=1, background=look.colours.line).pack(fill="x", pady=px(10))
        head = ttk.Frame(self)
        head.pack(fill="x")
        self._name = ttk.Label(head, font="SunValleyBodyStrongFont")
        self._name.pack(side="left")
        self._badge = ttk.Label(head, foreground=look.colours.accent, font="SunValleyBodyStrongFont")
        self._badge.pack(side="right")
        self._facts = Wrapped(self, style="TLabel")
        self._bar = Bar(self, look)
        self._trouble = Wrapped(self, style="Error.TLabel")
        self._forecast = Wrapped(self, style="Faint.TLabel")
        self._times = Wrapped(self, style="Faint.TLabel")
        for label in (self._facts, self._trouble, self._forecast, self._times):
            label.configure(wraplength=px(TEXT_WIDTH))  # so that the height is known before the first drawing
        self._gap = (px(3), 0)

    def show(self, card: Card) -> None:
        self._name.configure(text=card.name)
        self._badge.configure(text=card.badge)
        trouble = f"⚠ {card.trouble}" if card.trouble else ""
        lines = (
            (self._facts, card.facts),
            (self._trouble, trouble),
            (self._forecast, card.forecast),
            (self._times, card.times),
        )
        self._bar.pack_forget()
        for label, words in lines:
            label.configure(text=words)
            label.pack_forget()
            if words:
                label.pack(fill="x", pady=self._gap)
            if label is self._facts and card.share is not None:
                self._bar.show(card.share, narrow=card.narrow)
                self._bar.pack(fill="x", pady=self._gap)


class Bar(tk.Canvas):
    """How full a mailbox is. The words beside it say the same: colour is never the only sign."""

    def __init__(self, parent: tk.Misc, look: Look) -> None:
        colours = look.colours
        super().__init__(parent, height=look.px(BAR), highlightthickness=0, background=colours.line)
        self._usual, self._alarming = colours.accent, colours.error
        self._share = 0.0
        self._filled = self.create_rectangle(0, 0, 0, 0, width=0)
        self.bind("<Configure>", lambda _event: self._draw())

    def show(self, share: float, *, narrow: bool) -> None:
        self._share = share
        self.itemconfigure(self._filled, fill=self._alarming if narrow else self._usual)
        self._draw()

    def _draw(self) -> None:
        self.coords(self._filled, 0, 0, round(self.winfo_width() * self._share), self.winfo_height())


class Cards(ttk.Frame):
    """All cards. The scrollbar is there only when it is needed."""

    def __init__(self, parent: tk.Misc, look: Look) -> None:
        super().__init__(parent)
        self._look = look
        self._shown: list[CardView] = []
        self._canvas = tk.Canvas(self, highlightthickness=0, background=look.colours.ground, height=1)
        self._bar = ttk.Scrollbar(self, command=self._canvas.yview)
        self._canvas.configure(yscrollcommand=self._scrolled)
        self._canvas.pack(side="left", fill="both", expand=True)
        self._list = ttk.Frame(self._canvas)
        self._inside = self._canvas.create_window(0, 0, anchor="nw", window=self._list)
        self._canvas.bind("<Configure>", lambda event: self._canvas.itemconfigure(self._inside, width=event.width))
        self._list.bind("<Configure>", lambda _event: self._fit_region())
        for key, pages in (("<Prior>", -1), ("<Next>", 1)):
            look.root.bind(key, lambda _event, n=pages: self._canvas.yview_scroll(n, "pages"))  # type: ignore[misc]
        for wheel, units in (("<Button-4>", -2), ("<Button-5>", 2)):
            look.root.bind(wheel, lambda _event, n=units: self._roll(n))  # type: ignore[misc]
        look.root.bind("<MouseWheel>", lambda event: self._roll(-1 if event.delta > 0 else 1))

    def show(self, cards: Sequence[Card]) -> None:
        """Changes words in place, so that nothing flickers; cards are made or taken away only with accounts."""
        while len(self._shown) > len(cards):
            self._shown.pop().destroy()
        while len(self._shown) < len(cards):
            view = CardView(self._list, self._look, first=not self._shown)
            view.pack(fill="x")
            self._shown.append(view)
        for view, card in zip(self._shown, cards, strict=True):
            view.show(card)

    def fit(self, most: int) -> int:
        """Asks for the height of all cards, `most` pixels at the most; returns by how many the window is too low."""
        self._list.update_idletasks()
        wanted = min(max(self._list.winfo_reqheight(), 1), most)
        grown = wanted > int(self._canvas.cget("height"))
        self._canvas.configure(height=wanted)
        return max(0, wanted - self._canvas.winfo_height()) if grown and self._canvas.winfo_viewable() else 0

    def _fit_region(self) -> None:
        self._canvas.configure(scrollregion=(0, 0, 0, self._list.winfo_reqheight()))

    def _scrolled(self, first: float, last: float) -> None:  # Tk says "0.0", whatever the stubs say
        self._bar.set(first, last)
        if float(first) <= 0 and float(last) >= 1:
            self._bar.pack_forget()
        else:
            self._bar.pack(side="right", fill="y")

    def _roll(self, units: int) -> None:
        if self._bar.winfo_ismapped():
            self._canvas.yview_scroll(units, "units")
