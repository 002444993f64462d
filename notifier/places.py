"""Where the program keeps its files: one folder given by the user, or the platform's own folders."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Places:
    """The program's files. `config.toml` may be edited by hand; the others are the program's own."""

    config_folder: Path
    state_folder: Path

    @property
    def home(self) -> Path | None:
        """The one folder of `--home`; None where the platform's own folders are used."""
        return self.config_folder if self.config_folder == self.state_folder else None

    @property
    def config(self) -> Path:
        return self.config_folder / "config.toml"

    @property
    def state(self) -> Path:
        return self.state_folder / "state.db"

    @property
    def outbox(self) -> Path:
        """Apart from the state: a damaged state must never touch a mail that somebody wrote."""
        return self.state_folder / "outbox.db"

    @property
    def door(self) -> Path:
        """Where a second start finds the first."""
        return self.state_folder / "door"

    @property
    def log(self) -> Path:
        return self.state_folder / "notifier.log"


def places(home: str | None = None) -> Places:
    """`home` (the option `--home`), else NOTIFIER_HOME, else the platform's folders for settings and state."""
    chosen = home or os.environ.get("NOTIFIER_HOME")
    if chosen:
        folder = Path(chosen).expanduser().absolute()
        return Places(folder, folder)
    import platformdirs

    return Places(
        Path(platformdirs.user_config_dir("notifier", appauthor=False)),
        Path(platformdirs.user_state_dir("notifier", appauthor=False)),
    )
