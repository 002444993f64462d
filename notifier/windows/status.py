"""The status window: all that the icon and its menu tell and do, for desktops without any tray.

The request holds `home` (see `places`). The window asks the running program at its door, and shows it live.
"""

from __future__ import annotations

import contextlib
import queue
import subprocess
import sys
import threading
import time
import tkinter as tk
from collections.abc import Callable, Mapping
from tkinter import ttk
from typing import Any

from notifier.places import Places, places
from notifier.system import instance
from notifier.system.launch import launch
from notifier.tray.actions import PauseKind
from notifier.windows import process
from notifier.windows.look import MODIFIER, Look, StatusLine, dress, keys
from notifier.windows.setup_parts import mnemonic
from notifier.windows.status_cards import Cards
from notifier.windows.status_values import Page, page_of
from notifier.words import _

EVERY = 2.0  # seconds between two looks; only while the window is open
SOON = 0.3  # seconds after something was asked for, until its effect is looked at
ANSWER = 5.0  # seconds the program has to answer
WIDTH = 500  # points
_DRAW = 100  # milliseconds between two looks into the queue


class Asker(threading.Thread):
    """Asks the running program, so that the window never waits: what it is told to, and every while its status."""

    def __init__(self, where: Places) -> None:
        super().__init__(name="asks", daemon=True)
        self._where = where
        self._wanted: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._last = page_of(None, time.time())
        self.pages: queue.SimpleQueue[Page] = queue.SimpleQueue()

    def want(self, **request: Any) -> None:
        self._wanted.put(request)

    def look(self) -> Page:
        """The page now; the one before while the program is too busy to answer."""
        with contextlib.suppress(TimeoutError):
            facts = instance.ask(self._where.door, {"do": "status"}, timeout=ANSWER)
            self._last = page_of(facts, time.time())
        return self._last

    def run(self) -> None:
        while True:
            try:
                request = self._wanted.get(timeout=EVERY)
            except queue.Empty:
                pass
            else:
                with contextlib.suppress(TimeoutError):
                    instance.ask(self._where.door, request, timeout=ANSWER)
                time.sleep(SOON)
            self.pages.put(self.look())


class StatusWindow:
    """The window's parts; `show` puts a page into them."""

    def __init__(self, look: Look, where: Places, asker: Asker) -> None:
        self._look = look
        self._where = where
        self._asker = asker
        self._page: Page | None = None
        self.quit = False
        px = look.px
        frame = ttk.Frame(look.root, padding=px(16))
        frame.pack(fill="both", expand=True)
        self._title = ttk.Label(frame, style="Title.TLabel")
        self._title.pack(anchor="w")
        self._note = StatusLine(frame)
        self._buttons = ttk.Frame(frame)
        self._cards = Cards(frame, look)
        self._start = ttk.Button(frame, text=_("Start Notifier"), style="Accent.TButton", command=self._start_program)
        self._start.bind("<Return>", lambda _event: self._start_program())
        self._build_buttons()
        keys(look, close=look.root.destroy)
        look.root.bind("<F5>", lambda _event: self._act("check"))
        look.root.bind(f"<{MODIFIER}-n>", lambda _event: self._act("compose"))

    # --- building ------------------------------------------------------------------------------------------------

    def _build_buttons(self) -> None:
        self._by_name: dict[str, ttk.Button] = {}
        texts = {
            "check": _("&Check now"),
            "open": _("&Open mail"),
            "compose": _("&Write…"),
            "seen": _("Mark &seen"),
            "setup": _("&Accounts…"),
            "history": _("Mailbox &history…"),
            "pause": "",
            "quit": _("&Quit"),
        }
        for number, (name, text) in enumerate(texts.items()):
            row, column = divmod(number, 4)
            self._buttons.columnconfigure(column, weight=1, uniform="button")
            button = self._pause_button() if name == "pause" else self._button(name, text)
            gap = self._look.px(6)
            button.grid(
                row=row, column=column, sticky="ew", padx=(gap if column else 0, 0), pady=(gap if row else 0, 0)
            )
        self._by_name["check"].configure(style="Accent.TButton")

    def _button(self, name: str, text: str) -> ttk.Button:
        act: Callable[[], None] = self._quit if name == "quit" else lambda: self._act(name)
        button = ttk.Button(self._buttons, command=act)
        mnemonic(self._look, button, text, act)
        button.bind("<Return>", lambda _event: act())
        self._by_name[name] = button
        return button

    def _pause_button(self) -> ttk.Button:
        """One button: it opens the choice of pauses, and ends a pause that runs."""
        button = ttk.Button(self._buttons, text=_("Pause"), command=self._pause)
        button.bind("<Return>", lambda _event: self._pause())
        self._look.root.bind("<Alt-p>", lambda _event: self._pause())
        self._by_name["pause"] = button
        colours = self._look.colours
        self._menu = tk.Menu(
            button,
            tearoff=False,
            background=colours.field,
            foreground=colours.text,
            activebackground=colours.selected,
            activeforeground=colours.selected_text,
            relief="solid",
            borderwidth=1,
            activeborderwidth=self._look.px(4),
            font="SunValleyBodyFont",
        )
        for words, kind in (
            (_("For 1 hour"), PauseKind.HOUR),
            (_("Until tomorrow"), PauseKind.TOMORROW),
            (_("Until resumed"), PauseKind.RESUMED),
        ):
            self._menu.add_command(label=words, command=lambda k=kind: self._act("pause", k))  # type: ignore[misc]
        return button

    # --- showing -------------------------------------------------------------------------------------------------

    def show(self, page: Page) -> None:
        if page == self._page:
            return
        other_parts = self._page is None or page.running != self._page.running
        self._page = page
        self._title.configure(text=page.title)
        note = " ".join(f"{words}." for words in (page.note.rstrip("."), page.outbox) if words)
        self._note.say(note)
        if note:
            self._note.pack(fill="x", after=self._title, pady=(self._look.px(4), 0))
        else:
            self._note.pack_forget()
        self._cards.show(page.cards)
        self._show_able(page)
        if other_parts:
            self._show_parts(running=page.running)
        self.fit()
        self._look.root.title(_("Notifier: {state}").format(state=page.title) if page.running else page.title)

    def _show_able(self, page: Page) -> None:
        self._by_name["pause"].configure(text=_("Resume") if page.paused else _("Pause ▾"))
        for name, button in self._by_name.items():
            able = page.running and (name not in {"check", "open", "compose", "history"} or bool(page.cards))
            button.state(["!disabled" if able and (name != "seen" or page.unseen) else "disabled"])

    def _show_parts(self, *, running: bool) -> None:
        """The accounts with what can be done, or the one button that starts the program."""
        px = self._look.px
        for part in (self._cards, self._buttons, self._start):
            part.pack_forget()
        if running:
            self._buttons.pack(side="bottom", fill="x", pady=(px(14), 0))
            self._cards.pack(fill="both", expand=True, pady=(px(10), 0))
        else:
            self._start.pack(anchor="w", pady=(px(14), 0))
            self._start.focus_set()
        root = self._look.root
        if root.winfo_viewable():
            self.fit()
            root.update_idletasks()
            root.minsize(root.winfo_reqwidth(), root.winfo_reqheight())
            root.geometry(f"{root.winfo_width()}x{root.winfo_reqheight()}")

    def fit(self) -> None:
        """Lets the window grow when it has more to show, up to most of the screen; never shrinks it."""
        root = self._look.root
        more = self._cards.fit(round(root.winfo_screenheight() * 0.6))
        if more:
            root.geometry(f"{root.winfo_width()}x{root.winfo_height() + more}")

    # --- doing ---------------------------------------------------------------------------------------------------

    def _act(self, action: str, kind: PauseKind | None = None) -> None:
        if self._page is not None and self._page.running:
            self._asker.want(do="act", action=action, **({} if kind is None else {"for": str(kind)}))

    def _pause(self) -> None:
        if self._page is None or not self._page.running:
            return
        if self._page.paused:
            self._act("resume")
            return
        button = self._by_name["pause"]
        high = self._menu.winfo_reqheight()
        self._menu.tk_popup(button.winfo_rootx(), button.winfo_rooty() - high)
        self._menu.focus_set()

    def _quit(self) -> None:
        """Ends the program, and the window with it: there is nothing left to show."""
        self.quit = True
        self._look.root.destroy()

    def _start_program(self) -> None:
        home = self._where.home
        more = {} if home is None else {"NOTIFIER_HOME": str(home)}
        try:
            launch([sys.executable, "-m", "notifier", "run"], more)
        except (OSError, subprocess.SubprocessError) as error:
            self._note.say(str(error), "error")


def status(where: Places) -> bool:
    """Shows the window until it is closed; True when the user wants the program to end. Raises TclError."""
    look = dress(_("Notifier"))
    asker = Asker(where)
    shown = StatusWindow(look, where, asker)
    shown.show(asker.look())
    asker.start()

    def draw() -> None:
        page = None
        while not asker.pages.empty():
            page = asker.pages.get()
        if page is not None:
            shown.show(page)

    look.every(_DRAW, draw)
    look.show(WIDTH)
    look.root.mainloop()
    return shown.quit


def window(request: Mapping[str, Any]) -> dict[str, Any]:
    where = places(request.get("home"))
    if status(where):
        instance.tell(where.door, {"do": "quit"})
    return {}


if __name__ == "__main__":
    sys.exit(process.serve(window))
