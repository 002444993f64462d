"""A question in a small window over another one: a sentence, a few buttons, Escape for the one that changes nothing."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence
from tkinter import ttk

from notifier.windows.look import Look


def ask(look: Look, title: str, words: str, answers: Sequence[tuple[str, str]], *, default: str, escape: str) -> str:
    """Shows `answers` as (value, label) buttons and waits; `default` is what Enter chooses, `escape` what closing does.

    Returns the chosen value.
    """
    chosen = escape
    window = tk.Toplevel(look.root, background=look.colours.ground)
    window.withdraw()
    window.title(title)
    window.transient(look.root)
    window.resizable(False, False)
    if look.root.tk.call("tk", "windowingsystem") == "x11":
        window.attributes("-type", "dialog")

    def choose(value: str) -> None:
        nonlocal chosen
        chosen = value
        window.destroy()

    frame = ttk.Frame(window, padding=look.px(20))
    frame.pack(fill="both", expand=True)
    ttk.Label(frame, text=words, wraplength=look.px(380), justify="left").pack(anchor="w")
    row = ttk.Frame(frame)
    row.pack(anchor="e", pady=(look.px(20), 0))
    for value, label in answers:
        style = "Accent.TButton" if value == default else "TButton"
        button = ttk.Button(row, text=label, style=style, command=lambda v=value: choose(v))  # type: ignore[misc]
        button.pack(side="left", padx=(look.px(8), 0))
        button.bind("<Return>", lambda _event, b=button: b.invoke())  # type: ignore[misc]
        if value == default:
            button.focus_set()
    window.bind("<Escape>", lambda _event: choose(escape))
    window.protocol("WM_DELETE_WINDOW", lambda: choose(escape))
    _over(look.root, window)
    window.grab_set()
    window.wait_window()
    return chosen


def _over(root: tk.Tk, window: tk.Toplevel) -> None:
    window.update_idletasks()
    left = root.winfo_rootx() + (root.winfo_width() - window.winfo_reqwidth()) // 2
    top = root.winfo_rooty() + (root.winfo_height() - window.winfo_reqheight()) // 3
    window.geometry(f"+{max(left, 0)}+{max(top, 0)}")
    window.deiconify()
    window.wait_visibility()
