"""Bytes in, lines out: the reading half of the dialogue, with a bound on everything a server can send."""

from __future__ import annotations

from notifier.errors import Reason, Trouble

# RFC 2449 §4 allows replies of 512 octets, RFC 1939 §7 unique-ids of 70; real ones are longer. A server was seen
# to send its whole list as one line of 512 kB; beyond this it is no POP3 server.
LONGEST_LINE = 8192
# Two million unique-ids of the longest lawful size.
LONGEST_SESSION = 200_000_000


class Lines:
    """Collects what arrives and hands out whole lines without their CRLF (a bare LF ends a line too)."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self.received = 0

    def feed(self, data: bytes) -> None:
        """Raises Trouble(LIST_TOO_LONG) when the whole session grows beyond any mailbox."""
        self.received += len(data)
        if self.received > LONGEST_SESSION:
            raise Trouble(Reason.LIST_TOO_LONG)
        self._buffer += data

    def next(self) -> bytes | None:
        """The next line, or None while it is not whole. Raises Trouble(LINE_TOO_LONG)."""
        end = self._buffer.find(b"\n", self._searched)
        if end < 0:
            self._searched = len(self._buffer)
            if self._searched > LONGEST_LINE:
                raise Trouble(Reason.LINE_TOO_LONG)
            return None
        if end > LONGEST_LINE:
            raise Trouble(Reason.LINE_TOO_LONG)
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        self._searched = 0
        return line.removesuffix(b"\r")

    @property
    def pending(self) -> bool:
        """Whether anything arrived that nobody asked for yet: before TLS begins there must be nothing."""
        return bool(self._buffer)
