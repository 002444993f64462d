"""What keeps a window from opening, said in a small window of its own: from the tray, nobody reads a terminal."""

from __future__ import annotations

from tkinter import ttk

from notifier.windows.look import dress, keys
from notifier.words import _

WIDTH = 460  # points


def notice(words: str) -> None:
    """Shows `words` until it is closed. Raises TclError where there is no display."""
    look = dress(_("Notifier"))
    close = look.root.destroy
    frame = ttk.Frame(look.root, padding=look.px(20))
    frame.pack(fill="both", expand=True)
    ttk.Label(frame, text=_("This window cannot open"), style="Title.TLabel").pack(anchor="w")
    text = ttk.Label(frame, text=words, wraplength=look.px(WIDTH), justify="left")
    text.pack(anchor="w", fill="x", pady=(look.px(10), look.px(20)))
    text.bind("<Configure>", lambda event: text.configure(wraplength=max(event.width, look.px(WIDTH))))
    button = ttk.Button(frame, text=_("Close"), style="Accent.TButton", width=12, command=close)
    button.pack(anchor="e")
    button.bind("<Return>", lambda _event: close())
    button.focus_set()
    keys(look, close=close)
    look.show()
    button.focus_set()
    look.root.mainloop()
