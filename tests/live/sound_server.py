"""A sound server of a test's own that plays into a pipe, and an ear at its end."""

from __future__ import annotations

import array
import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Lock, Thread

from tests.live.needs import need
from tests.live.private_bus import running, wait_until

RATE = 44100
HEARD = 500  # of 32767: far above nothing, far below any sound


class Ear:
    """Hears all that is played. (The monitor of a null sink will not do: it tells silence ahead of a late sound.)"""

    def __init__(self, pipe: Path) -> None:
        self._lock = Lock()
        self._loudest, self._loud_samples = 0, 0
        self._pipe = os.open(pipe, os.O_RDONLY)
        self._thread = Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        rest = b""
        while piece := os.read(self._pipe, 65536):
            raw = rest + piece
            whole = len(raw) // 2 * 2
            rest = raw[whole:]
            samples = [abs(sample) for sample in array.array("h", raw[:whole])]
            with self._lock:
                self._loudest = max(self._loudest, *samples, 0)
                self._loud_samples += sum(1 for sample in samples if sample > HEARD // 10)

    @property
    def loudest(self) -> int:
        with self._lock:
            return self._loudest

    @property
    def seconds_of_sound(self) -> float:
        with self._lock:
            return self._loud_samples / RATE

    def close(self) -> None:
        """After the server has ended, and with it the pipe."""
        self._thread.join(10)
        os.close(self._pipe)


class SoundServer:
    """PulseAudio with one sink that no loudspeaker belongs to; `env` lets programs find it."""

    def __init__(self, folder: Path) -> None:
        self.pipe = folder / "played"
        self._door = folder / "native"
        self.env = {
            "PULSE_SERVER": f"unix:{self._door}",
            "PULSE_RUNTIME_PATH": str(folder),
            "PULSE_STATE_PATH": str(folder),
        }

    def command(self) -> list[str]:
        form = f"format=s16le rate={RATE} channels=1 use_system_clock_for_timing=yes"
        modules = (
            f"module-pipe-sink sink_name=nowhere file={self.pipe} {form}",
            f"module-native-protocol-unix socket={self._door} auth-anonymous=1",
        )
        program = need("pulseaudio", package="pulseaudio")
        words = [program, "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
        return [*words, *(word for module in modules for word in ("-L", module))]

    @property
    def ready(self) -> bool:
        ask = [need("pactl", package="pulseaudio-utils"), "info"]
        env = {**os.environ, **self.env}
        done = subprocess.run(ask, env=env, capture_output=True, text=True, timeout=20, check=False)
        return "Default Sink: nowhere" in done.stdout


@contextlib.contextmanager
def sound_server(folder: Path) -> Iterator[tuple[SoundServer, Ear]]:
    folder.mkdir(mode=0o700)
    server = SoundServer(folder)
    with contextlib.ExitStack() as stack:
        env = {**os.environ, "HOME": str(folder), **server.env}
        with running(server.command(), env=env, log=folder / "log"):
            wait_until(lambda: server.ready, "the sound server")
            ear = Ear(server.pipe)
            stack.callback(ear.close)
            yield server, ear
