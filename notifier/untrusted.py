"""Text from outside (servers, links, files), made safe to show: no controls, no bidi tricks, bounded length."""

from __future__ import annotations

# Explicit bidirectional formatting: lets a sender show "gpj.exe" as "exe.jpg" (Unicode TR9, TR36).
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(text: str | bytes, limit: int = 200) -> str:
    """One line of `text` without control, bidi, surrogate or private characters, at most `limit` characters."""
    if isinstance(text, bytes):
        text = text[: limit * 8].decode("utf-8", "replace")
    line = " ".join(_harmless(text[: limit * 8]).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _harmless(text: str) -> str:
    if text.isprintable():  # nearly always, and then the table of all characters is not even loaded
        return text
    from unicodedata import category

    return "".join(_replaced(char, category(char)) for char in text)


def _replaced(char: str, category: str) -> str:
    if char in _BIDI:
        return ""
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    return "" if category in {"Cs", "Co", "Cn", "Cf"} and char not in "\u200d\u200c" else char
