"""A pointer for wlroots compositors, spoken over the bare Wayland protocol (wlr-virtual-pointer-unstable-v1)."""

from __future__ import annotations

import socket
import struct
import time
from pathlib import Path

MANAGER = "zwlr_virtual_pointer_manager_v1"
DISPLAY, REGISTRY, DONE, BOUND, POINTER = range(1, 6)
LEFT, RIGHT = 272, 273  # linux/input-event-codes.h


class VirtualPointer:
    """Moves and clicks on an output of `width` by `height` pixels."""

    def __init__(self, wayland: Path, width: int, height: int) -> None:
        self._extent = (width, height)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(wayland))
        self._request(DISPLAY, 1, struct.pack("<I", REGISTRY))
        self._request(DISPLAY, 0, struct.pack("<I", DONE))
        name = self._globals()[MANAGER]
        text = MANAGER.encode() + b"\0"
        text += b"\0" * (-len(text) % 4)
        bind = struct.pack("<II", name, len(MANAGER) + 1) + text + struct.pack("<II", 1, BOUND)
        self._request(REGISTRY, 0, bind)
        self._request(BOUND, 0, struct.pack("<II", 0, POINTER))

    def close(self) -> None:
        self._socket.close()

    def move(self, x: int, y: int) -> None:
        for place in (x - 1, x):  # two motions: a surface that just came under the pointer hears the second
            self._request(POINTER, 1, struct.pack("<IIIII", self._now(), place, y, *self._extent))
            self._request(POINTER, 4)
            time.sleep(0.1)

    def click(self, x: int, y: int, button: int = LEFT) -> None:
        self.move(x, y)
        for pressed in (1, 0):
            self._request(POINTER, 2, struct.pack("<III", self._now(), button, pressed))
            self._request(POINTER, 4)
            time.sleep(0.06)

    @staticmethod
    def _now() -> int:
        return int(time.monotonic() * 1000) & 0xFFFFFFFF

    def _request(self, thing: int, opcode: int, body: bytes = b"") -> None:
        self._socket.sendall(struct.pack("<II", thing, ((8 + len(body)) << 16) | opcode) + body)

    def _globals(self) -> dict[str, int]:
        """Every interface the compositor offers, by name."""
        self._socket.settimeout(10)
        found: dict[str, int] = {}
        data = b""
        while True:
            data += self._socket.recv(65536)
            while len(data) >= 8:
                thing, size = struct.unpack("<II", data[:8])
                length, opcode = size >> 16, size & 0xFFFF
                if len(data) < length:
                    break
                body, data = data[8:length], data[length:]
                if thing == REGISTRY and opcode == 0:
                    name, letters = struct.unpack("<II", body[:8])
                    found[body[8 : 8 + letters - 1].decode()] = name
                elif thing == DONE:
                    return found
