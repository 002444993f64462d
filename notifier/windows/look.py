"""The one look of all windows: theme after the desktop's light or dark, fonts, sharp at any scale, error line, keys.

Use: `look = dress("Title")`, build into `look.root`, then `look.show()`. Lengths are in points of a 96 dpi screen;
`look.px` makes pixels of them.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import tkinter as tk
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tkinter import font as tkfont
from tkinter import ttk

from notifier.errors import NotifierError
from notifier.untrusted import clean
from notifier.windows import scheme
from notifier.words import _

log = logging.getLogger(__name__)

APPLICATION = "Notifier"
MODIFIER = "Command" if sys.platform == "darwin" else "Control"
_ICON_SIZES = (128, 64, 48, 32, 16)
_PACKAGE = Path(__file__).resolve().parent.parent  # `tray.artwork` knows this too, but importing the tray is slow


@dataclass(frozen=True, slots=True)
class Colours:
    """What the theme leaves to its user. Text on `ground` reaches a contrast of 4.5 (WCAG 2 AA)."""

    ground: str
    field: str
    text: str
    faint: str
    line: str
    accent: str
    error: str
    good: str
    selected: str
    selected_text: str


LIGHT = Colours(
    ground="#fafafa",
    field="#ffffff",
    text="#1c1c1c",
    faint="#5f5f5f",
    line="#cfcfcf",
    accent="#005fb8",
    error="#b3261e",
    good="#1b6e20",
    selected="#2f60d8",
    selected_text="#ffffff",
)
DARK = Colours(
    ground="#1c1c1c",
    field="#242424",
    text="#fafafa",
    faint="#a6a6a6",
    line="#454545",
    accent="#57c8ff",
    error="#ff8a80",
    good="#81c784",
    selected="#2f60d8",
    selected_text="#ffffff",
)


class BorderedText(tk.Text):
    """A text field with the frame that draws its border."""

    border: tk.Frame


class Look:
    """A dressed root window: what the parts of a window need to fit in."""

    def __init__(self, root: tk.Tk, wanted: str, factor: float) -> None:
        self.root = root
        self.dark = wanted == scheme.DARK
        self.colours = DARK if self.dark else LIGHT
        self.factor = factor
        self._faults: set[str] = set()
        root.report_callback_exception = self._fault

    def px(self, points: float) -> int:
        """Pixels for a length drawn for a 96 dpi screen."""
        return round(points * self.factor)

    def show(self, width: int = 0, height: int = 0) -> None:
        """Shows the finished window in the middle of the screen, with the focus; sizes in points, 0: as needed.

        It cannot be made smaller than what its parts ask for, nor larger than the screen at first.
        """
        root = self.root
        root.update_idletasks()
        least = root.winfo_reqwidth(), root.winfo_reqheight()
        screen = root.winfo_screenwidth(), root.winfo_screenheight()
        wide = min(max(self.px(width), least[0]), screen[0])
        high = min(max(self.px(height), least[1]), round(screen[1] * 0.92))
        root.minsize(min(least[0], screen[0]), min(least[1], high))
        root.geometry(f"{wide}x{high}+{(screen[0] - wide) // 2}+{(screen[1] - high) // 3}")
        root.deiconify()
        root.lift()
        root.focus_force()  # the user asked for this window a moment ago; it does not steal

    def every(self, milliseconds: int, work: Callable[[], object]) -> None:
        """Does `work` again and again, the first time after one interval. One turn that fails is not the last."""

        def turn() -> None:
            self.root.after(milliseconds, turn)
            work()

        self.root.after(milliseconds, turn)

    def _fault(self, _kind: type[BaseException], error: BaseException, _trace: object) -> None:
        """What no part of a window foresaw is said in its status line, and stands in the log once."""
        name = f"{type(error).__name__}: {error}"
        if name not in self._faults:
            self._faults.add(name)
            log.error("a window met a fault", exc_info=error)
        own = _("This window met a fault of the program itself ({error}).").format(error=clean(name, 200))
        for part in _parts(self.root):
            if isinstance(part, StatusLine) and part.winfo_ismapped():
                part.say(str(error) if isinstance(error, NotifierError) else own, "error")
                break

    def text(self, parent: tk.Misc, *, width: int = 60, height: int = 12) -> BorderedText:
        """A multi-line field, `width` by `height` characters, in the border that the theme leaves out.

        Place its `border` in the window, and pack or grid the field itself inside of that.
        """
        border = tk.Frame(parent, background=self.colours.line, padx=1, pady=1)
        field = BorderedText(
            border,
            width=width,
            height=height,
            background=self.colours.field,
            foreground=self.colours.text,
            insertbackground=self.colours.text,
            selectbackground=self.colours.selected,
            selectforeground=self.colours.selected_text,
            inactiveselectbackground=self.colours.line,
            insertwidth=max(1, self.px(1.5)),
            relief="flat",
            borderwidth=0,
            highlightthickness=0,
            padx=self.px(8),
            pady=self.px(6),
            font="SunValleyBodyFont",
            undo=True,
            maxundo=-1,
            wrap="word",
        )
        field.border = border
        field.bind("<FocusIn>", lambda _: border.configure(background=self.colours.accent), add=True)
        field.bind("<FocusOut>", lambda _: border.configure(background=self.colours.line), add=True)
        return field


def dress(title: str, *, wanted: str | None = None) -> Look:
    """A hidden root window in the shared look. Raises TclError where there is no display.

    `wanted` is `light` or `dark`; None follows the desktop.
    """
    root = tk.Tk(className=APPLICATION)
    root.withdraw()
    root.title(title)
    factor = _scale(root)
    wanted = wanted or scheme.preferred()
    _theme(root, wanted, factor)
    _icon(root)
    if sys.platform == "win32":
        _dark_title_bar(root, wanted)
    return Look(root, wanted, factor)


def _scale(root: tk.Tk) -> float:
    """Sets Tk's points to the desktop's scale; returns how many times larger than 96 dpi that is, at least 1."""
    dpi = None
    if root.tk.call("tk", "windowingsystem") == "x11":
        dpi = scheme.resource_dpi(scheme.x_resources())
    if dpi:
        root.tk.call("tk", "scaling", dpi / 72)
    else:
        dpi = float(root.tk.call("tk", "scaling")) * 72
    return 1.0 if root.tk.call("tk", "windowingsystem") == "aqua" else max(1.0, round(dpi / 96, 2))


def _theme(root: tk.Tk, wanted: str, factor: float) -> None:
    import sv_ttk

    sv_ttk.set_theme(wanted, root)
    # The theme paints its palette over every widget whenever any style changes; once is enough, then our colours stay.
    root.tk.call("configure_colors")
    root.unbind_class(root.winfo_class(), "<<ThemeChanged>>")
    base = tkfont.nametofont("TkDefaultFont", root).actual("family")
    there = set(tkfont.families(root))
    for name in tkfont.names(root):
        if not name.startswith("SunValley"):
            continue
        named = tkfont.nametofont(name, root)
        if named.cget("family") not in there:  # Segoe UI is on Windows only
            named.configure(family=base, weight="bold" if "Semibold" in str(named.cget("family")) else "normal")
        points = abs(int(named.cget("size"))) * (1 if sys.platform == "win32" else 13 / 14)
        named.configure(size=-round(points * factor))
    _sizes(root, factor)
    colours = DARK if wanted == scheme.DARK else LIGHT
    style = ttk.Style(root)
    style.configure("Faint.TLabel", foreground=colours.faint)
    style.configure("Small.TLabel", foreground=colours.faint, font="SunValleyCaptionFont")
    style.configure("Error.TLabel", foreground=colours.error)
    style.configure("Good.TLabel", foreground=colours.good)
    style.configure("Title.TLabel", font="SunValleySubtitleFont")
    style.configure("TCombobox", arrowsize=round(12 * factor))
    root.option_add("*TCombobox*Listbox.font", "SunValleyBodyFont")


def _sizes(root: tk.Tk, factor: float) -> None:
    """The theme's paddings are in pixels; a sharper screen needs more of them."""
    if factor <= 1.1:
        return
    style = ttk.Style(root)
    for name, padding in {
        "TButton": (8, 2, 8, 3),
        "Accent.TButton": (8, 2, 8, 3),
        "Toolbutton": (8, 2, 8, 3),
        "TEntry": (4, 2, 4, 2),
        "TCombobox": (4, 2, 4, 2),
        "TSpinbox": (4, 2, 4, 2),
        "TNotebook.Tab": (16, 14, 16, 6),
    }.items():
        style.configure(name, padding=[round(p * factor) for p in padding])
    style.configure("Treeview", rowheight=round(28 * factor))


def _icon(root: tk.Tk) -> None:
    """The program's picture for title bar and task switcher, in several sizes; none is no reason to fail."""
    pictures = []
    for size in _ICON_SIZES:
        for folder in (_PACKAGE / "icons", _PACKAGE.parent / "icons"):
            with contextlib.suppress(tk.TclError):
                path = folder / "hicolor" / f"{size}x{size}" / "apps" / "notifier.png"
                pictures.append(tk.PhotoImage(master=root, file=str(path)))
    if pictures:
        root.iconphoto(True, *pictures)


def _dark_title_bar(root: tk.Tk, wanted: str) -> None:
    """Windows draws a light title bar unless told; DWMWA_USE_IMMERSIVE_DARK_MODE is attribute 20."""
    if sys.platform != "win32" or wanted != scheme.DARK:
        return
    import ctypes

    root.update_idletasks()
    window = ctypes.windll.user32.GetParent(root.winfo_id())
    yes = ctypes.c_int(1)
    ctypes.windll.dwmapi.DwmSetWindowAttribute(window, 20, ctypes.byref(yes), ctypes.sizeof(yes))


class StatusLine(ttk.Label):
    """The line at the bottom that says what is wrong, what goes on, or that it worked; wraps to the window's width."""

    STYLES = {"error": "Error.TLabel", "good": "Good.TLabel", "note": "Faint.TLabel"}  # noqa: RUF012 - never changed
    MARKS = {"error": "⚠ ", "good": "✓ ", "note": ""}  # noqa: RUF012 - colour is never the only sign

    def __init__(self, parent: tk.Misc) -> None:
        super().__init__(parent, justify="left", anchor="w", style="Faint.TLabel")
        self.bind("<Configure>", lambda event: self.configure(wraplength=max(event.width, 50)))

    def say(self, words: str, kind: str = "note") -> None:
        """`kind` is `error`, `good` or `note`; empty words clear the line."""
        self.configure(text=f"{self.MARKS[kind]}{words}" if words else "", style=self.STYLES[kind])


def _parts(widget: tk.Misc) -> Iterator[tk.Misc]:
    for child in widget.winfo_children():
        yield child
        yield from _parts(child)


def keys(look: Look, *, close: Callable[[], object], accept: Callable[[], object] | None = None) -> None:
    """The keys every window has: Escape and Ctrl+W (Cmd+W) close it, Ctrl+Enter does its main thing."""
    root = look.root
    root.protocol("WM_DELETE_WINDOW", close)
    root.bind("<Escape>", lambda _: close())
    root.bind(f"<{MODIFIER}-w>", lambda _: close())
    if accept is not None:
        for key in ("Return", "KP_Enter"):
            root.bind(f"<{MODIFIER}-{key}>", lambda _: _stop(accept))
            # Tk takes Ctrl+Enter in a text for Enter and would begin a new line before the window hears of it.
            root.bind_class("Text", f"<{MODIFIER}-{key}>", lambda _: None)
    # Tk on X selects nothing with Ctrl+A in an entry, but jumps to its start as Emacs does.
    for kind in ("TEntry", "TCombobox", "Entry"):
        root.bind_class(kind, f"<{MODIFIER}-a>", _select_entry)
    root.bind_class("Text", f"<{MODIFIER}-a>", _select_text)


def _stop(action: Callable[[], object]) -> str:
    action()
    return "break"


def _select_entry(event: tk.Event[tk.Misc]) -> str:
    entry = event.widget
    if isinstance(entry, (ttk.Entry, tk.Entry)):
        entry.select_range(0, "end")
        entry.icursor("end")
    return "break"


def _select_text(event: tk.Event[tk.Misc]) -> str:
    if isinstance(event.widget, tk.Text):
        event.widget.tag_add("sel", "1.0", "end-1c")
    return "break"
