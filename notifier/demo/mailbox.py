"""A mailbox for the embedded servers: messages with unique-ids and sizes, safe for several threads."""

from __future__ import annotations

import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    uid: str
    octets: int


class Mailbox:
    """The messages of one user, in the order they arrived."""

    def __init__(self, capacity: int | None = None) -> None:
        self.capacity = capacity  # octets; beyond it mail is refused, as a provider does
        self.locked = False
        self._messages: list[Message] = []
        self._number = 0
        self._lock = threading.Lock()

    def add(self, octets: int, uid: str | None = None) -> bool:
        """Delivers a message; False when the mailbox is full, and then nothing was kept."""
        with self._lock:
            if self.capacity is not None and self._octets() + octets > self.capacity:
                return False
            self._number += 1
            self._messages.append(Message(uid or f"{self._number:08x}", octets))
            return True

    def remove(self, count: int) -> None:
        """Another client deletes the oldest `count` messages."""
        with self._lock:
            del self._messages[:count]

    def renumber(self) -> None:
        """Gives every message another unique-id, as a server does that moved house."""
        with self._lock:
            self._messages = [Message(f"moved-{m.uid}", m.octets) for m in self._messages]

    def messages(self) -> tuple[Message, ...]:
        with self._lock:
            return tuple(self._messages)

    @property
    def octets(self) -> int:
        with self._lock:
            return self._octets()

    def _octets(self) -> int:
        return sum(m.octets for m in self._messages)
