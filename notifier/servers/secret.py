"""A password or token that cannot slip into a log, a traceback or a JSON file by being printed."""

from __future__ import annotations


class Secret:
    """Holds a password or an OAuth2 access token. `reveal()` is the only way to the text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return "Secret(…)"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not stored")
