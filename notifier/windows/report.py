"""A small window that shows sentences: the outbox, a mailbox's prospects, the state where there is no tray."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from tkinter import ttk
from typing import Any

from notifier.windows import look, process
from notifier.words import _


def window(request: Mapping[str, Any]) -> dict[str, Any]:
    """The window for a request: `title`, and `lines`, one paragraph each. Answers when it is closed."""
    dressed = look.dress(str(request["title"]))
    root = dressed.root
    frame = ttk.Frame(root, padding=dressed.px(16))
    frame.pack(fill="both", expand=True)
    lines = [str(line) for line in request["lines"]]
    text = dressed.text(frame, width=64, height=min(20, 3 + len(lines) * 2))
    text.border.pack(fill="both", expand=True)
    text.pack(fill="both", expand=True)
    text.insert("1.0", "\n\n".join(lines))
    text.configure(state="disabled", wrap="word")
    close = ttk.Button(frame, text=_("Close"), command=root.destroy)
    close.pack(anchor="e", pady=(dressed.px(12), 0))
    look.keys(dressed, close=root.destroy, accept=root.destroy)
    dressed.show()
    close.focus_set()
    root.mainloop()
    return {"ok": True}


if __name__ == "__main__":
    sys.exit(process.serve(window))
