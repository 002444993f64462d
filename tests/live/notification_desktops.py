"""Three desktops that show alerts for real: dunst and xfce4-notifyd on X, mako on Wayland, each on a bus of its own."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageChops

from tests.live.needs import need
from tests.live.private_bus import end, private_bus, private_display, running, wait_until
from tests.live.wayland_pointer import VirtualPointer

BACKGROUND = (85, 119, 153)
NOBODY = 65534  # sway does not run as root
SIZE = (800, 600)


class Desktop:
    """A desktop with one notification daemon, which can be ended and started again."""

    name = ""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder = folder
        self.env = env
        self._daemon: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def count(self) -> int:
        """How many alerts are on the screen."""
        raise NotImplementedError

    def click_text(self) -> None:
        """Clicks the text of the one alert on the screen."""
        raise NotImplementedError

    def click_button(self, label: str) -> None:
        raise NotImplementedError

    def screenshot(self, path: Path) -> Image.Image:
        raise NotImplementedError

    def start(self) -> None:
        log = (self.folder / "daemon.log").open("ab")
        self._daemon = subprocess.Popen(self.command(), env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.close()
        wait_until(self._on_the_bus, f"{self.name} offers notifications")

    def stop(self) -> None:
        if self._daemon is not None:
            end(self._daemon)
            self._daemon = None
            wait_until(lambda: not self._on_the_bus(), f"{self.name} is gone from the bus")

    @property
    def alive(self) -> bool:
        return self._daemon is not None and self._daemon.poll() is None

    def run(self, *command: str) -> str:
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=20, check=False)
        return done.stdout

    def _on_the_bus(self) -> bool:
        send = "dbus-send --session --print-reply --dest=org.freedesktop.DBus /org/freedesktop/DBus"
        ask = [*send.split(), "org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.Notifications"]
        return "boolean true" in self.run(*ask)

    def popup(self, path: Path) -> tuple[int, int, int, int] | None:
        """What of the screen is not background: left, top, right, bottom."""
        picture = self.screenshot(path)
        return ImageChops.difference(picture, Image.new("RGB", picture.size, BACKGROUND)).getbbox()


class OnX(Desktop):
    def screenshot(self, path: Path) -> Image.Image:
        self.run(need("import", package="imagemagick"), "-window", "root", str(path))
        return Image.open(path).convert("RGB")

    def click(self, x: int, y: int) -> None:
        self.run(need("xdotool", package="xdotool"), "mousemove", str(x), str(y), "click", "1")
        self.run("xdotool", "mousemove", "5", "590")  # a pointer resting on an alert keeps it open

    def windows(self, name: str) -> list[tuple[int, int, int, int]]:
        """Geometry of the visible windows of a program: left, top, width, height."""
        found = []
        for window in self.run(need("xdotool", package="xdotool"), "search", "--onlyvisible", "--class", name).split():
            shape = dict(re.findall(r"(\w+)=(-?\d+)", self.run("xdotool", "getwindowgeometry", "--shell", window)))
            if int(shape.get("WIDTH", 0)) > 20:
                found.append(tuple(int(shape[k]) for k in ("X", "Y", "WIDTH", "HEIGHT")))
        return found


class Dunst(OnX):
    name = "dunst"

    def command(self) -> list[str]:
        menu = self.folder / "menu"  # dunst offers the buttons by a menu program; this one picks by the label
        menu.write_text(f'#!/bin/sh\ngrep -F "$(cat {self.folder}/label)"\n')
        menu.chmod(0o755)
        settings = self.folder / "dunstrc"
        settings.write_text(
            f"[global]\ndmenu = {menu}\nmouse_left_click = do_action\nmouse_middle_click = context\n"
            "origin = top-right\noffset = 20x20\nwidth = 400\nheight = 300\nmax_icon_size = 48\n"
            "font = DejaVu Sans 11\nidle_threshold = 0\nshow_age_threshold = -1\n"
        )
        return [need("dunst", package="dunst"), "-conf", str(settings)]

    def count(self) -> int:
        return int(self.run(need("dunstctl", package="dunst"), "count", "displayed") or 0)

    def click_text(self) -> None:
        self._click(1)

    def click_button(self, label: str) -> None:
        (self.folder / "label").write_text(label)
        self.run("dunstctl", "context")

    def _click(self, button: int) -> None:
        ((left, top, width, height),) = self.windows("Dunst")
        self.run("xdotool", "mousemove", str(left + width // 2), str(top + height // 2), "click", str(button))


class Xfce(OnX):
    name = "xfce4-notifyd"

    def command(self) -> list[str]:
        places = sorted(Path("/usr/lib").glob("*/xfce4/notifyd/xfce4-notifyd"))
        return [str(places[0]) if places else need("xfce4-notifyd", package="xfce4-notifyd")]

    def count(self) -> int:
        return len(self.windows("xfce4-notifyd"))

    def click_text(self) -> None:
        ((left, top, width, _height),) = self.windows("xfce4-notifyd")
        self.click(left + width // 2, top + 20)

    def click_button(self, label: str) -> None:
        """The buttons stand in a row under the text, in the order in which they were given."""
        ((left, top, width, height),) = self.windows("xfce4-notifyd")
        places = {"Open mail": 0.2, "Mark as seen": 0.5, "Write": 0.8}
        self.click(left + int(width * places[label]), top + height - 22)


class Mako(Desktop):
    name = "mako"

    def command(self) -> list[str]:
        settings = self.folder / "mako.conf"
        settings.write_text("font=DejaVu Sans 11\nwidth=400\nheight=300\nanchor=top-right\nmax-icon-size=48\n")
        return [*as_nobody(), need("mako", package="mako-notifier"), "--config", str(settings)]

    def _listed(self) -> list[object]:
        listed = json.loads(self.run(*as_nobody(), need("makoctl", package="mako-notifier"), "list") or "{}")
        return [alert for group in listed.get("data", []) for alert in group]

    def count(self) -> int:
        return len(self._listed())

    def click_text(self) -> None:
        """With a real pointer: mako then asks the compositor for an activation token."""
        left, top, right, bottom = self.popup(self.folder / "click.png") or (0, 0, 0, 0)
        pointer = VirtualPointer(Path(self.env["XDG_RUNTIME_DIR"], self.env["WAYLAND_DISPLAY"]), *SIZE)
        pointer.click((left + right) // 2, (top + bottom) // 2)
        pointer.close()

    def click_button(self, label: str) -> None:
        action = {"Open mail": "open", "Mark as seen": "seen", "Write": "write"}[label]
        self.run(*as_nobody(), "makoctl", "invoke", action)

    def screenshot(self, path: Path) -> Image.Image:
        shot = self.folder / "shot.png"
        self.run(*as_nobody(), need("grim", package="grim"), str(shot))
        shutil.copy(shot, path)
        return Image.open(path).convert("RGB")


def as_nobody() -> list[str]:
    if os.geteuid() != 0:
        return []
    return [need("setpriv", package="util-linux"), f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]


@contextlib.contextmanager
def desktop(kind: type[Desktop]) -> Iterator[Desktop]:
    """A desktop of the given kind, its daemon running."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="desktop-")))
        folder.chmod(0o777)
        env = _environment(folder)
        services = folder / "services"
        services.mkdir()
        for service in Path("/usr/share/dbus-1/services").glob("org.xfce.Xfconf.service"):
            shutil.copy(service, services)
        env["DBUS_SESSION_BUS_ADDRESS"] = stack.enter_context(private_bus(folder / "bus", services=services))
        (folder / "bus").chmod(0o777)
        if issubclass(kind, OnX):
            env["DISPLAY"] = stack.enter_context(private_display())
            color = "#{:02x}{:02x}{:02x}".format(*BACKGROUND)
            subprocess.run([need("xsetroot", package="x11-xserver-utils"), "-solid", color], env=env, check=True)
        else:
            env["WAYLAND_DISPLAY"] = stack.enter_context(_sway(folder, env))
        it = kind(folder, env)
        it.start()
        try:
            yield it
        finally:
            it.stop()


def _environment(folder: Path) -> dict[str, str]:
    env = {k: v for k, v in os.environ.items() if k in {"PATH", "LANG", "LC_ALL"}}
    runtime = folder / "run"
    runtime.mkdir()
    runtime.chmod(0o700)
    if os.geteuid() == 0:
        os.chown(runtime, NOBODY, NOBODY)
    home = folder / "home"
    home.mkdir()
    home.chmod(0o777)
    return env | {"HOME": str(home), "XDG_RUNTIME_DIR": str(runtime), "NO_AT_BRIDGE": "1"}


@contextlib.contextmanager
def _sway(folder: Path, env: dict[str, str]) -> Iterator[str]:
    """A Wayland compositor without a screen; the name of its socket."""
    settings = folder / "sway.conf"
    color = "#{:02x}{:02x}{:02x}".format(*BACKGROUND)
    settings.write_text(
        f"output HEADLESS-1 resolution {SIZE[0]}x{SIZE[1]}\noutput * bg {color} solid_color\nxwayland disable\n"
    )
    settings.chmod(0o644)
    wayland = {"WLR_BACKENDS": "headless", "WLR_LIBINPUT_NO_DEVICES": "1", "WLR_RENDERER": "pixman"}
    runtime = Path(env["XDG_RUNTIME_DIR"])
    command = [*as_nobody(), need("sway", package="sway"), "--config", str(settings)]
    with running(command, env=env | wayland, log=folder / "sway.log"):
        sockets: list[Path] = []

        def ready() -> bool:
            sockets[:] = [p for p in runtime.glob("wayland-*") if p.suffix != ".lock"]
            return bool(sockets)

        wait_until(ready, "sway is there")
        yield sockets[0].name
