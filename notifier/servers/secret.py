"""A password or token that cannot slip into a log, a traceback or a JSON file by being printed."""

from __future__ import annotations


class Secret:
    """Holds a password or an OAuth2 access token. `reveal()` is the only way to the text.

    `good_until`: when a token ends (seconds of the monotonic clock), so that nobody keeps it longer; None: it does not.
    """

    __slots__ = ("_text", "good_until")

    def __init__(self, text: str, good_until: float | None = None) -> None:
        self._text = text
        self.good_until = good_until

    def reveal(self) -> str:
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __repr__(self) -> str:
        return "Secret(…)"

    def __reduce__(self) -> str:
        raise TypeError("a secret is not stored")
