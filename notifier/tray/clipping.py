"""Cuts texts to what Windows takes: it counts UTF-16 units, and refuses one too many with an error."""

from __future__ import annotations

TIP = 127  # NOTIFYICONDATAW: szTip has 128 units with its end, szInfoTitle 64, szInfo 256
BALLOON_TITLE = 63
BALLOON_TEXT = 255


def clipped(text: str, units: int) -> str:
    """`text` in at most `units` UTF-16 units, an ellipsis in place of what was cut; no character is split."""
    if _units(text) <= units:
        return text
    kept, room = [], units - 1
    for char in text:
        room -= _units(char)
        if room < 0:
            break
        kept.append(char)
    return "".join(kept).rstrip() + "…"


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def windows_label(label: str) -> str:
    """`label` with its ampersands doubled: a single one would mark an access key and vanish."""
    return label.replace("&", "&&")
