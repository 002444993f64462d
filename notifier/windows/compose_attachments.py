"""The files of a mail in the compose window: added by button, drop or paste, shown with their sizes and the limit."""

from __future__ import annotations

import re
import tkinter as tk
from collections.abc import Callable, Iterable
from pathlib import Path
from tkinter import filedialog, ttk
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from notifier.untrusted import clean
from notifier.windows.look import Look
from notifier.words import _, ngettext, size

BASE64 = 78 / 57  # a file's growth on its way: 57 octets become a line of 76 and its end (RFC 2045 §6.8)


class Attachments(ttk.Frame):
    """Empty, it takes no room. `on_change` hears of every change."""

    def __init__(self, parent: tk.Misc, look: Look, on_change: Callable[[], None]) -> None:
        super().__init__(parent)
        self._look = look
        self._on_change = on_change
        self._paths: list[str] = []
        self._limit: int | None = None
        self._enabled = True

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(self._paths)

    def put(self, paths: Iterable[str]) -> None:
        """Replaces the list."""
        self._paths = list(dict.fromkeys(paths))
        self._draw()

    def add(self, paths: Iterable[str]) -> None:
        self.put([*self._paths, *paths])
        self._on_change()

    def limit(self, octets: int | None) -> None:
        """What the chosen account's server takes at most, if it ever said."""
        self._limit = octets
        self._draw()

    def enable(self, enabled: bool) -> None:
        self._enabled = enabled
        self._draw()

    def choose(self) -> None:
        chosen = filedialog.askopenfilenames(parent=self.winfo_toplevel(), title=_("Attach files"))
        if chosen:
            self.add(chosen)

    def _remove(self, path: str) -> None:
        self._paths.remove(path)
        self._draw()
        self._on_change()

    def _draw(self) -> None:
        for child in self.winfo_children():
            child.destroy()
        for row, path in enumerate(self._paths):
            self._draw_row(row, path)
        if self._paths:
            words, over = total_words([octets_of(p) or 0 for p in self._paths], self._limit)
            label = ttk.Label(self, text=words, style="Error.TLabel" if over else "Small.TLabel")
            label.grid(row=len(self._paths), column=0, columnspan=3, sticky="w", pady=(self._look.px(2), 0))
        else:
            ttk.Frame(self, height=1).grid()  # a frame without children keeps the height it had
        self.columnconfigure(0, weight=1)

    def _draw_row(self, row: int, path: str) -> None:
        octets = octets_of(path)
        ttk.Label(self, text=f"📎 {clean(Path(path).name, 60)}").grid(row=row, column=0, sticky="w")
        shown = size(octets) if octets is not None else _("not there")
        style = "Faint.TLabel" if octets is not None else "Error.TLabel"
        ttk.Label(self, text=shown, style=style).grid(row=row, column=1, sticky="e", padx=self._look.px(8))
        button = ttk.Button(self, text="✕", width=2, style="Toolbutton", command=lambda: self._remove(path))
        button.grid(row=row, column=2)
        if not self._enabled:
            button.state(["disabled"])


def octets_of(path: str) -> int | None:
    """The file's size; None for what is no file."""
    try:
        return Path(path).stat().st_size if Path(path).is_file() else None
    except OSError:
        return None


def total_words(sizes: list[int], limit: int | None) -> tuple[str, bool]:
    """The line under the list, and whether it is too much for the server."""
    travelling = round(sum(sizes) * BASE64)
    words = ngettext("{n} file, {size}", "{n} files, {size}", len(sizes)).format(n=len(sizes), size=size(sum(sizes)))
    if limit is None:
        return words, False
    over = travelling > limit
    facts = {"travelling": size(travelling), "limit": size(limit)}
    sentence = _("too large: {travelling} when sent, the server takes {limit}") if over else _(
        "{travelling} when sent, the server takes {limit}"
    )  # fmt: skip
    return f"{'⚠ ' if over else ''}{words}; {sentence.format(**facts)}", over


def accept_drops(surface: ttk.Frame, take: Callable[[list[str]], None]) -> bool:
    """Files dropped anywhere on `surface` go to `take`. False: this Tk has no drag and drop."""
    try:
        from tkinterdnd2 import DND_FILES, TkinterDnD

        TkinterDnD._require(surface.winfo_toplevel())
    except (ImportError, tk.TclError, RuntimeError):
        return False
    target: Any = surface  # the library gives its methods to every widget, but not to the window itself
    target.drop_target_register(DND_FILES)
    target.dnd_bind("<<Drop>>", lambda event: take(list(surface.tk.splitlist(event.data))))
    return True


def pasted_files(root: tk.Tk) -> list[str]:
    """The files on the clipboard, as file managers put them there; empty if it holds something else."""
    for kind in ("text/uri-list", "x-special/gnome-copied-files", "STRING"):
        try:
            text = root.clipboard_get(type=kind)
        except tk.TclError:
            continue
        if paths := file_uris(_decoded(text)):
            return paths
    return []


def _decoded(text: str) -> str:
    """Tk shows octets of a kind it does not know as `0x66 0x69 …`."""
    words = text.split()
    if words and all(re.fullmatch("0x[0-9a-f]{1,2}", word) for word in words):
        return bytes(int(word, 16) for word in words).decode("utf-8", "replace")
    return text


def file_uris(text: str) -> list[str]:
    """The local files that `text` lists as `file://` URIs, one a line; empty if any line is something else."""
    lines = [line for line in text.replace("\0", "").splitlines() if line and not line.startswith("#")]
    if lines and lines[0] in {"copy", "cut"}:
        del lines[0]
    paths = []
    for line in lines:
        parts = urlsplit(line.strip())
        if parts.scheme != "file" or parts.netloc not in {"", "localhost"}:
            return []
        paths.append(url2pathname(parts.path))
    return paths
