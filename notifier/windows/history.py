"""The history window: a mailbox's size against time, what is to come, what can be done about it.

The request holds `home` (see `places`) and the `account` to show first. The window reads the state file itself and
looks again when a check has written to it.
"""

from __future__ import annotations

import sys
import time
import tkinter as tk
from collections.abc import Callable, Mapping
from pathlib import Path
from tkinter import filedialog, ttk
from typing import Any

from matplotlib.backends.backend_tkagg import FigureCanvasTkAgg
from matplotlib.figure import Figure

from notifier import prospects, prospects_words
from notifier.config import load
from notifier.errors import NotifierError
from notifier.places import Places, places
from notifier.prospects import Prospects
from notifier.setting_values import parse_size
from notifier.system import instance
from notifier.windows import chart, chart_files, process
from notifier.windows.chart_figures import RANGES, Figures, figures_of, words_at
from notifier.windows.look import MODIFIER, Look, StatusLine, dress, keys
from notifier.words import _

WIDTH, HEIGHT = 860, 640  # points
LOOK_EVERY = 2000  # milliseconds between two looks at the state file's time
NONE = Figures("", 0.0, 86400.0, 86400.0, (), ())


class HistoryWindow:
    """The window's parts, and the account and span they show."""

    def __init__(self, look: Look, where: Places, account: str | None) -> None:
        self._look, self._where = look, where
        self._found: dict[str, Prospects] = {}
        self._page = NONE
        self._cursors: list[Any] = []
        self._written = 0
        self._account = tk.StringVar(look.root, account or "")
        self._span = tk.StringVar(look.root, "month")
        self._provider = tk.StringVar(look.root)
        frame = ttk.Frame(look.root, padding=look.px(16))
        frame.pack(fill="both", expand=True)
        frame.columnconfigure(0, weight=1)
        frame.rowconfigure(1, weight=1)
        self._build_top(frame)
        self._build_chart(frame)
        self._build_words(frame)
        self._build_bottom(frame)
        self._bind()
        self.read()
        look.every(LOOK_EVERY, self._look_again)

    # --- building ------------------------------------------------------------------------------------------------

    def _build_top(self, frame: ttk.Frame) -> None:
        top = ttk.Frame(frame)
        top.grid(row=0, sticky="ew", pady=(0, self._look.px(8)))
        self._choice = ttk.Combobox(top, textvariable=self._account, state="readonly", width=26)
        self._choice.pack(side="left")
        self._choice.bind("<<ComboboxSelected>>", lambda _event: self._show())
        names = {"week": _("Week"), "month": _("Month"), "year": _("Year"), "all": _("All")}
        for span in reversed(RANGES):
            button = ttk.Radiobutton(
                top, text=names[span], value=span, variable=self._span, style="Toggle.TButton", command=self._show
            )
            button.pack(side="right", padx=(self._look.px(4), 0))

    def _build_chart(self, frame: ttk.Frame) -> None:
        # The canvas itself follows Tk's scale: a figure of more dots an inch would be enlarged twice.
        self._figure = Figure(figsize=((WIDTH - 40) / chart.DPI, 360 / chart.DPI), dpi=chart.DPI)
        self._canvas = FigureCanvasTkAgg(self._figure, master=frame)
        self._canvas.get_tk_widget().configure(
            width=self._look.px(WIDTH - 40), height=self._look.px(360), highlightthickness=0, takefocus=0
        )
        self._canvas.get_tk_widget().grid(row=1, sticky="nsew")
        self._canvas.mpl_connect("motion_notify_event", self._hover)
        self._canvas.mpl_connect("figure_leave_event", lambda _event: self._say(""))
        self._under = ttk.Label(frame, style="Faint.TLabel")
        self._under.grid(row=2, sticky="w", pady=(self._look.px(2), self._look.px(6)))

    def _build_words(self, frame: ttk.Frame) -> None:
        self._words = ttk.Label(frame, justify="left", anchor="w", wraplength=self._look.px(WIDTH - 40))
        self._words.grid(row=3, sticky="ew")
        self._words.bind("<Configure>", lambda event: self._words.configure(wraplength=max(event.width, 100)))

    def _build_bottom(self, frame: ttk.Frame) -> None:
        px = self._look.px
        row = ttk.Frame(frame)
        row.grid(row=4, sticky="ew", pady=(px(12), 0))
        label = ttk.Label(row, text=_("The provider's page says"))
        label.pack(side="left")
        self._entry = ttk.Entry(row, textvariable=self._provider, width=11)
        self._entry.pack(side="left", padx=px(6))
        ttk.Label(row, text=_("used")).pack(side="left")
        self._button(row, _("Count it in"), self._calibrate).pack(side="left", padx=px(6))
        self._button(row, _("Close"), self._look.root.destroy).pack(side="right")
        self._button(row, _("Save table…"), self.save_table).pack(side="right", padx=px(6))
        self._button(row, _("Save picture…"), self.save_picture).pack(side="right")
        self._status = StatusLine(frame)
        self._status.grid(row=5, sticky="ew", pady=(px(6), 0))

    @staticmethod
    def _button(parent: ttk.Frame, text: str, command: Callable[[], object]) -> ttk.Button:
        button = ttk.Button(parent, text=text, command=command)
        button.bind("<Return>", lambda _event: command())
        return button

    def _bind(self) -> None:
        root = self._look.root
        keys(self._look, close=root.destroy)
        root.bind(f"<{MODIFIER}-s>", lambda _event: self.save_picture())
        root.bind("<F5>", lambda _event: self._check())
        for number, span in enumerate(RANGES, 1):
            root.bind(f"<{MODIFIER}-Key-{number}>", lambda _event, span=span: self._choose(span))  # type: ignore[misc]
            root.bind(f"<Key-{number}>", lambda event, span=span: self._choose_unless_typing(event, span))  # type: ignore[misc]
        root.bind(f"<{MODIFIER}-Next>", lambda _event: self._next(1))
        root.bind(f"<{MODIFIER}-Prior>", lambda _event: self._next(-1))
        self._entry.bind("<Return>", lambda _event: self._calibrate())

    # --- showing -------------------------------------------------------------------------------------------------

    def read(self) -> None:
        """Takes what the state file holds now."""
        try:
            accounts = load(self._where.config).accounts
            self._found = {p.account.name: p for p in prospects.of_accounts(self._where, accounts)}
        except (NotifierError, OSError) as error:
            self._status.say(str(error), "error")
            return
        self._written = _written(self._where)
        names = list(self._found)
        self._choice.configure(values=names)
        if self._account.get() not in names:
            self._account.set(prospects.fullest(list(self._found.values())))
        self._show()

    def _show(self) -> None:
        found = self._found.get(self._account.get())
        self._page = figures_of(found, self._span.get()) if found else NONE
        palette = chart.DARK if self._look.dark else chart.LIGHT
        chart.draw(self._figure, [self._page], palette)
        self._cursors = [
            axes.axvline(0, color=palette.faint, linewidth=0.9, visible=False) for axes in self._figure.axes
        ]
        self._canvas.draw_idle()
        lines = prospects_words.sentences(found) if found else [_("No account yet.")]
        self._words.configure(text="\n".join(lines))
        self._look.root.title(_("{name}: mailbox history").format(name=self._account.get() or "Notifier"))
        self._say("")

    def _choose(self, span: str) -> None:
        self._span.set(span)
        self._show()

    def _choose_unless_typing(self, event: tk.Event[tk.Misc], span: str) -> None:
        """A digit alone chooses too, but in the field for the provider's figure it is a digit."""
        if event.widget is not self._entry:
            self._choose(span)

    def _next(self, by: int) -> None:
        names = list(self._found)
        if names:
            self._account.set(names[(names.index(self._account.get()) + by) % len(names)])
            self._show()

    def _hover(self, event: Any) -> None:
        """Under the chart: what was seen at the moment under the pointer."""
        if event.inaxes is None:
            self._say("")
            return
        moment = chart.moment_of(event.xdata)
        words = words_at(self._page, moment)
        for cursor in self._cursors:
            cursor.set_xdata([event.xdata])
        self._say(words)

    def _say(self, words: str) -> None:
        self._under.configure(text=words or _("Point at the picture to read its values."))
        for cursor in self._cursors:
            cursor.set_visible(bool(words))
        self._canvas.draw_idle()

    def _look_again(self) -> None:
        if _written(self._where) != self._written:
            self._status.say("")
            self.read()

    # --- doing ---------------------------------------------------------------------------------------------------

    def _check(self) -> None:
        if instance.tell(self._where.door, {"do": "check"}):
            self._status.say(_("Checking now…"))
        else:
            self._status.say(_("Notifier is not running, so nothing is checked."), "error")
        self.read()

    def _calibrate(self) -> None:
        found, said = self._found.get(self._account.get()), self._provider.get().strip()
        if found is None:
            return
        try:
            octets = parse_size(said)
        except ValueError:
            self._status.say(_("A size such as “812 MB” is wanted, or nothing to forget an earlier one."), "error")
            return
        try:
            prospects.calibrate(self._where, found.account, octets, time.time())
        except NotifierError as error:
            self._status.say(str(error), "error")
            return
        instance.tell(self._where.door, {"do": "reload"})
        self.read()
        self._status.say(_("Noted: counted in from now on.") if octets else _("Forgotten."), "good")

    def save_picture(self) -> None:
        self._save(".png", _("Picture"), lambda path, found: chart_files.save_picture(
            path, [found], self._span.get(), dark=self._look.dark))  # fmt: skip

    def save_table(self) -> None:
        self._save(".csv", _("Table"), lambda path, found: chart_files.save_table(path, [found]))

    def _save(self, ending: str, kind: str, write: Callable[[Path, Prospects], None]) -> None:
        found = self._found.get(self._account.get())
        if found is None:
            return
        chosen = filedialog.asksaveasfilename(
            parent=self._look.root, defaultextension=ending, filetypes=[(kind, f"*{ending}")],
            initialfile=f"{_for_a_file(found.account.name)}{ending}",
        )  # fmt: skip
        if not chosen:
            return
        try:
            write(Path(chosen), found)
        except OSError as error:
            self._status.say(_("It could not be saved: {why}").format(why=error), "error")
        else:
            self._status.say(_("Saved as {file}.").format(file=chosen), "good")


def _for_a_file(name: str) -> str:
    kept = "".join(c if c.isalnum() or c in " -_" else "-" for c in name).strip()
    return kept or "mailbox"


def _written(where: Places) -> int:
    """Changes whenever something is stored: SQLite writes into the log beside the file first."""
    times = []
    for path in (where.state, where.state.with_name(where.state.name + "-wal")):
        try:
            times.append(path.stat().st_mtime_ns)
        except OSError:
            continue
    return max(times, default=0)


def window(request: Mapping[str, Any]) -> dict[str, Any]:
    """Shows the window until it is closed."""
    look = dress(_("Mailbox history"))
    HistoryWindow(look, places(request.get("home")), request.get("account"))
    look.show(WIDTH, HEIGHT)
    look.root.mainloop()
    return {}


if __name__ == "__main__":
    sys.exit(process.serve(window))
