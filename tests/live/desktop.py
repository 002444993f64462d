"""A desktop of a test's own: private bus, private display, real panels, a pointer, and eyes that read the screen."""

from __future__ import annotations

import contextlib
import difflib
import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import IO, TypeVar

from PIL import Image, ImageChops, ImageFilter, ImageOps

from tests.live.needs import need
from tests.live.private_bus import bus_config

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = ROOT / "tests" / "live" / "tray_program.py"
BADGE = (211, 24, 43)  # the red behind the number, in icons/tray-*.svg
PATIENCE = 30.0
ENLARGED = 3  # times, for the recognition of letters made for paper

T = TypeVar("T")


def wait_for(what: str, condition: Callable[[], T], patience: float = PATIENCE) -> T:
    """The first truthy value of `condition`; an AssertionError naming `what` if none comes."""
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {patience:.0f} s in vain for: {what}")
        time.sleep(0.1)


@dataclass
class Desk:
    """Everything started here is ended by `close`, newest first."""

    folder: Path
    env: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    _running: list[subprocess.Popen[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("home", "config", "cache", "data", "run", "bus"):
            (self.folder / name).mkdir(mode=0o700)
        self.env.update(
            HOME=str(self.folder / "home"),
            XDG_CONFIG_HOME=str(self.folder / "config"),
            XDG_CACHE_HOME=str(self.folder / "cache"),
            XDG_DATA_HOME=str(self.folder / "data"),
            XDG_RUNTIME_DIR=str(self.folder / "run"),
            NO_AT_BRIDGE="1",
            LC_ALL="C.UTF-8",
        )
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_CURRENT_DESKTOP", "SWAYSOCK"):
            self.env.pop(name, None)

    def start(
        self, *command: str, log: str = "", stdin: int | None = None, stdout: int | None = None
    ) -> subprocess.Popen[str]:
        """Starts `command`; what it says goes to a log in the desk's folder, or to the pipe `stdout`."""
        with (self.folder / f"{log or Path(command[0]).name}.log").open("a") as errors:
            process = subprocess.Popen(
                command,
                env=self.env,
                stdin=stdin if stdin is not None else subprocess.DEVNULL,
                stdout=stdout if stdout is not None else errors,
                stderr=subprocess.STDOUT if stdout is not None else errors,
                text=True,
                start_new_session=True,
            )
        self._running.append(process)
        return process

    def start_bus(self) -> subprocess.Popen[str]:
        config = self.folder / "bus.conf"
        services = "<standard_session_servicedirs/>"
        config.write_text(bus_config(f"unix:dir={self.folder / 'bus'}", services=services))
        bus = self.start(
            need("dbus-daemon", package="dbus"),
            f"--config-file={config}",
            "--print-address",
            "--nofork",
            stdout=subprocess.PIPE,
        )
        assert bus.stdout is not None
        said = iter(bus.stdout.readline, "")  # as root it warns first that it may open few files
        self.env["DBUS_SESSION_BUS_ADDRESS"] = next(line.strip() for line in said if line.startswith("unix:"))
        return bus

    def start_display(self, size: str = "800x600") -> None:
        reader, writer = os.pipe()
        os.set_inheritable(writer, True)
        with (self.folder / "xvfb.log").open("w") as log:
            process = subprocess.Popen(
                [
                    need("Xvfb", package="xvfb"),
                    "-displayfd",
                    str(writer),
                    "-screen",
                    "0",
                    f"{size}x24",
                    "-nolisten",
                    "tcp",
                ],
                pass_fds=(writer,),
                stdout=log,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        os.close(writer)
        self._running.append(process)
        with os.fdopen(reader) as answer:
            self.env["DISPLAY"] = f":{answer.readline().strip()}"
        self.run("xsetroot", "-solid", "#557799", package="x11-xserver-utils")

    def run(self, *command: str, package: str = "", timeout: float = 20) -> str:
        program = need(command[0], package=package or command[0])
        done = subprocess.run(
            [program, *command[1:]], env=self.env, capture_output=True, text=True, timeout=timeout, check=True
        )
        return done.stdout

    def end(self, process: subprocess.Popen[str], how: signal.Signals = signal.SIGTERM) -> None:
        """Ends one process and the children it made."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        if process in self._running:
            self._running.remove(process)

    def close(self) -> None:
        for process in reversed(self._running[:]):
            self.end(process)


@contextlib.contextmanager
def desk_in(folder: Path) -> Iterator[Desk]:
    desk = Desk(folder)
    try:
        yield desk
    finally:
        desk.close()


class TrayProgram:
    """tests/live/tray_program.py, started: what it says line by line, and the commands it takes."""

    def __init__(self, desk: Desk, *arguments: str, python: tuple[str, ...] = (sys.executable,)) -> None:
        self.said: list[str] = []
        script = str(PROGRAM)
        self.process = desk.start(*python, script, *arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        Thread(target=self._read, args=(self.process.stdout,), daemon=True).start()

    def _read(self, lines: IO[str]) -> None:
        with contextlib.suppress(ValueError, OSError):
            for line in lines:
                self.said.append(line.rstrip("\n"))

    def _is_over(self, line: str) -> bool:
        if self.process.poll() is None or line in self.said:
            return False
        time.sleep(0.5)  # the last lines may still be on their way
        if line not in self.said:
            raise AssertionError(f"the program has ended with status {self.process.returncode}")
        return True

    def tell(self, command: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def hear(self, line: str, patience: float = PATIENCE) -> None:
        """Waits until `line` is said, and forgets it and what was said before."""
        try:
            wait_for(f"{line!r} from the program", lambda: line in self.said or self._is_over(line), patience)
        except AssertionError as error:
            raise AssertionError("\n".join([f"{error}; it said:", *self.said])) from None
        del self.said[: self.said.index(line) + 1]


@dataclass(frozen=True)
class Word:
    """A word on the screen and the place of its middle."""

    text: str
    x: int
    y: int


def words_on(picture: Image.Image) -> list[Word]:
    """What a person could read on `picture`, by optical character recognition of one made ready for it."""
    tesseract = need("tesseract", package="tesseract-ocr")
    png = io.BytesIO()
    picture.save(png, "png")
    table = subprocess.run(
        [tesseract, "-", "-", "--psm", "11", "tsv"],
        input=png.getvalue(),
        capture_output=True,
        timeout=60,
        check=True,
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
    ).stdout.decode()
    words = []
    for line in table.splitlines()[1:]:
        cells = line.split("\t")
        if len(cells) == 12 and cells[11].strip():
            left, top, width, height = (int(cell) // ENLARGED for cell in cells[6:10])
            words.append(Word(cells[11].strip(), left + width // 2, top + height // 2))
    return words


def readable(picture: Image.Image) -> Iterator[Image.Image]:
    """The screen enlarged, in ways that recognition takes: light menus, dark menus, and both on one screen."""
    grey = picture.convert("L")
    grey = grey.resize((grey.width * ENLARGED, grey.height * ENLARGED), Image.Resampling.LANCZOS)
    contrast = ImageChops.difference(grey, grey.filter(ImageFilter.BoxBlur(24)))
    yield ImageOps.invert(contrast.point(lambda value: min(value * 2, 255)))
    yield grey
    yield ImageOps.invert(grey)


def phrase_on(picture: Image.Image, phrase: str) -> Word | None:
    """The first word of `phrase` where its words follow each other on `picture`."""
    wanted = phrase.split()
    for prepared in readable(picture):
        words = words_on(prepared)
        for start in range(len(words) - len(wanted) + 1):
            if all(_alike(words[start + n].text, wanted[n]) for n in range(len(wanted))):
                return words[start]
    return None


def _alike(seen: str, wanted: str) -> bool:
    """Equal but for punctuation, case and a slip of recognition; numbers must be right."""
    seen, wanted = (re.sub(r"[\W_]", "", text).lower() for text in (seen, wanted))
    if wanted.isdigit() or len(wanted) < 3:
        return seen == wanted
    return difflib.SequenceMatcher(None, seen, wanted).ratio() > 0.7


def badge_on(picture: Image.Image, around: int = 40) -> tuple[int, int] | None:
    """The middle of the icon's red number on `picture`, None if it is not there."""
    pixels = picture.convert("RGB").load()
    assert pixels is not None
    hits = [
        (x, y)
        for y in range(picture.height)
        for x in range(picture.width)
        if all(abs(a - b) <= around for a, b in zip(pixels[x, y], BADGE, strict=True))  # type: ignore[arg-type]
    ]
    if len(hits) < 12:
        return None
    return sum(x for x, _ in hits) // len(hits), sum(y for _, y in hits) // len(hits)
