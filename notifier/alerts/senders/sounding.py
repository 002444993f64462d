"""A sender that also plays the sound of new mail, where whoever shows the alert does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from notifier.alerts import sound
from notifier.alerts.alert import Alert
from notifier.alerts.senders.seam import Abilities, Sender


class Sounding:
    """Passes everything on; plays the sound after an alert that wants one was delivered."""

    def __init__(self, sender: Sender, play: Callable[[], bool] = sound.play) -> None:
        self.inner = sender
        self._play = play

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def abilities(self) -> Abilities:
        return replace(self.inner.abilities, sound=True)

    def send(self, alert: Alert) -> None:
        self.inner.send(alert)
        if alert.sound and not self.inner.abilities.sound:
            self._play()

    def close(self, key: str) -> None:
        self.inner.close(key)

    def stop(self) -> None:
        self.inner.stop()
