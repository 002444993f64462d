"""A password store that takes its time, as one does that asks its user first; it notes in a file what it deleted."""

from __future__ import annotations

import os
import time
from pathlib import Path

from keyring.backend import KeyringBackend

SECONDS = 4.0


class Slow(KeyringBackend):
    priority = 1  # type: ignore[assignment]

    def get_password(self, service: str, username: str) -> str | None:
        return None

    def set_password(self, service: str, username: str, password: str) -> None:
        raise NotImplementedError

    def delete_password(self, service: str, username: str) -> None:
        time.sleep(SECONDS)
        with Path(os.environ["SLOW_KEYRING_NOTES"]).open("a") as notes:
            notes.write(f"{service} {username}\n")
