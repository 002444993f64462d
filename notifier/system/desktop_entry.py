"""Desktop entries (freedesktop Desktop Entry Specification 1.5): the `Exec` quoting both ways, keys, finding them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

_RESERVED = frozenset(" \t\n\"'\\><~|&;$*?#()`")
_ESCAPED_IN_QUOTES = frozenset('"`$\\')
_STRING_ESCAPES = {"s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\"}


def exec_line(command: Sequence[str]) -> str:
    """`command` as the value of an `Exec` key: every argument arrives as it is, whatever characters it holds."""
    # GLib 2.74 and systemd 252 look for the program before they turn "%%" into "%", so such a one starts through env.
    words = ["env", *command] if _is_percent_path(command[:1]) else command
    return value(" ".join(_quoted(word.replace("%", "%%")) for word in words))


def value(text: str) -> str:
    """`text` as the value of a key of type string."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


def _quoted(word: str) -> str:
    if word and not _RESERVED & set(word):
        return word
    return '"' + "".join(f"\\{c}" if c in _ESCAPED_IN_QUOTES else c for c in word) + '"'


def command_of(exec_value: str) -> list[str]:
    """The program and arguments of an `Exec` value, without the places for files and addresses (field codes).

    Raises ValueError when a quote is not closed.
    """
    words = [word for word in map(_without_codes, _words(_unescaped(exec_value))) if word is not None]
    return words[1:] if words[:1] == ["env"] and _is_percent_path(words[1:2]) else words


def _is_percent_path(word: Sequence[str]) -> bool:
    return any(w.startswith("/") and "%" in w for w in word)


def _unescaped(text: str) -> str:
    found, chars = [], iter(text)
    for char in chars:
        if char != "\\":
            found.append(char)
            continue
        escaped = next(chars, "")
        found.append(_STRING_ESCAPES.get(escaped, f"\\{escaped}"))
    return "".join(found)


def _words(text: str) -> list[str]:
    words: list[str] = []
    word: list[str] | None = None
    chars = iter(text)
    for char in chars:
        if char in " \t\n":
            if word is not None:
                words.append("".join(word))
            word = None
            continue
        word = [] if word is None else word
        word += _in_quotes(chars) if char == '"' else [char]
    return words if word is None else [*words, "".join(word)]


def _in_quotes(chars: Iterator[str]) -> list[str]:
    found: list[str] = []
    for char in chars:
        if char == '"':
            return found
        escaped = next(chars, "") if char == "\\" else ""
        found.append(escaped if escaped in _ESCAPED_IN_QUOTES else char + escaped)
    raise ValueError("a quote is not closed")


def _without_codes(word: str) -> str | None:
    """`%%` is a percent sign; any other code stands for something that is not given here. None: nothing is left."""
    found, chars = [], iter(word)
    for char in chars:
        code = next(chars, "") if char == "%" else ""
        if char != "%" or code == "%":
            found.append(char)
    return "".join(found) if found or not word else None


def read(path: Path, group: str = "Desktop Entry") -> dict[str, str]:
    """The keys of one group, values as they stand in the file; empty when it cannot be read."""
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return {}
    keys: dict[str, str] = {}
    inside = False
    for line in lines:
        if line.startswith("["):
            inside = line.strip() == f"[{group}]"
        elif inside and "=" in line and not line.startswith("#"):
            key, _equals, text = line.partition("=")
            keys.setdefault(key.strip(), text.strip())
    return keys


# --- where things are (XDG Base Directory Specification) --------------------------------------------------------


def config_folders() -> list[Path]:
    """The user's own folder first, then those of the system."""
    return _folders("XDG_CONFIG_HOME", ".config", "XDG_CONFIG_DIRS", "/etc/xdg")


def data_folders() -> list[Path]:
    """The user's own folder first, then those of the system."""
    return _folders("XDG_DATA_HOME", ".local/share", "XDG_DATA_DIRS", "/usr/local/share:/usr/share")


def _folders(own: str, own_default: str, shared: str, shared_default: str) -> list[Path]:
    places = [os.environ.get(own) or str(Path.home() / own_default)]
    places += (os.environ.get(shared) or shared_default).split(":")
    return [Path(place) for place in places if place.startswith("/")]  # the specification: others are ignored


def find_application(entry: str) -> Path | None:
    """The file of a desktop file id such as "thunderbird.desktop"; `a-b.desktop` may also be `a/b.desktop`."""
    if "/" in entry or not entry.endswith(".desktop"):
        return None
    for folder in data_folders():
        names = [entry]
        while "-" in names[-1].rpartition("/")[2]:
            before, _slash, last = names[-1].rpartition("/")
            names.append("/".join(filter(None, [before, last.replace("-", "/", 1)])))
        for name in names:
            path = folder / "applications" / name
            if path.is_file():
                return path
    return None
