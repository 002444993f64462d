"""The icon on Wayland desktops: waybar under sway, and GNOME Shell with its AppIndicator extension."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.live.desktop import Desk, TrayProgram, badge_on, desk_in, phrase_on, wait_for
from tests.live.needs import artefact, missing, need
from tests.live.wayland_pointer import LEFT, RIGHT, VirtualPointer

pytestmark = pytest.mark.live

WIDTH, HEIGHT = 800, 480
NOBODY = 65534
WAYBAR = {
    "layer": "top",
    "position": "top",
    "height": 30,
    "modules-left": ["tray"],
    "tray": {"icon-size": 22, "spacing": 6},
}
STYLE = "* { font-family: sans-serif; font-size: 14px } window#waybar { background: #333333; color: white }"
SWAY = f"output HEADLESS-1 resolution {WIDTH}x{HEIGHT}\noutput * bg #557799 solid_color\nxwayland disable\n"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_in(tmp_path) as desk:
        desk.start_bus()
        yield desk


class Sway:
    """A headless sway with a pointer. It refuses to be root, so root lends it another user's identity."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        config = desk.folder / "sway.conf"
        config.write_text(SWAY)
        run = Path(desk.env["XDG_RUNTIME_DIR"])
        desk.env.update(
            WLR_BACKENDS="headless",
            WLR_LIBINPUT_NO_DEVICES="1",
            WLR_RENDERER="pixman",
            XDG_SESSION_TYPE="wayland",
            GDK_BACKEND="wayland",
        )
        command = [need("sway", package="sway"), "-c", str(config)]
        if os.getuid() == 0:
            os.chown(run, NOBODY, NOBODY)
            desk.folder.chmod(0o755)
            for parent in desk.folder.parents:
                if parent.stat().st_uid == 0 and not parent.stat().st_mode & 0o001:
                    parent.chmod(parent.stat().st_mode | 0o011)
            lend = [need("setpriv", package="util-linux"), f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
            command = [*lend, *command]
        desk.start(*command, log="sway")
        sockets = wait_for("sway's socket", lambda: sorted(run.glob("wayland-?")))
        desk.env["WAYLAND_DISPLAY"] = sockets[-1].name
        self.pointer = VirtualPointer(sockets[-1], WIDTH, HEIGHT)

    def picture(self) -> Image.Image:
        target = self._desk.folder / "screen.png"
        self._desk.run("grim", str(target))
        with Image.open(target) as image:
            return image.convert("RGB")

    def read(self, phrase: str) -> tuple[int, int]:
        word = wait_for(f"{phrase!r} on the screen", lambda: phrase_on(self.picture(), phrase))
        return word.x, word.y

    def icon(self) -> tuple[int, int]:
        return wait_for("the icon's number on the panel", lambda: badge_on(self.picture()))


def start_waybar(desk: Desk) -> subprocess.Popen[str]:
    folder = Path(desk.env["XDG_CONFIG_HOME"]) / "waybar"
    folder.mkdir(exist_ok=True)
    (folder / "config").write_text(json.dumps(WAYBAR))
    (folder / "style.css").write_text(STYLE)
    return desk.start(need("waybar", package="waybar"))


@pytest.mark.timeout(240)
def test_waybar(desk: Desk) -> None:
    screen = Sway(desk)
    pointer = screen.pointer
    program = TrayProgram(desk, "check")
    program.hear("PRESENCE waiting")
    host = start_waybar(desk)
    program.hear("PRESENCE shown")
    x, y = screen.icon()
    screen.picture().save(artefact("tray-waybar-shown.png"))

    pointer.click(x, y, LEFT)
    program.hear("ACTION Click()")
    pointer.move(400, 300)
    pointer.move(x, y)
    screen.read("Work_a: 3 unseen")
    screen.picture().save(artefact("tray-waybar-tooltip.png"))

    pointer.click(x, y, RIGHT)
    screen.read("Start at login")
    program.tell("unseen 8")
    screen.read("Work_a: 8 unseen")
    screen.picture().save(artefact("tray-waybar-menu-updated.png"))
    pointer.click(*screen.read("Write a mail"), LEFT)
    program.hear("ACTION Compose()")

    desk.end(host)
    program.hear("PRESENCE waiting")
    start_waybar(desk)
    program.hear("PRESENCE shown")
    pointer.click(*screen.icon(), LEFT)
    program.hear("ACTION Click()")
    program.tell("quit")
    program.hear("END")
    pointer.close()


class GnomeShell:
    """GNOME Shell without a screen, its pointer driven through the shell's own scripting door (--unsafe-mode)."""

    EXTENSION = "ubuntu-appindicators@ubuntu.com"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        if not Path("/usr/share/gnome-shell/extensions", self.EXTENSION).is_dir():
            missing("the AppIndicator extension is not installed (Debian package gnome-shell-extension-appindicator)")
        desk.env.update(
            GSETTINGS_BACKEND="keyfile",
            DBUS_SYSTEM_BUS_ADDRESS=desk.env["DBUS_SESSION_BUS_ADDRESS"],
            XDG_CURRENT_DESKTOP="GNOME",
        )
        for key, value in (
            ("enabled-extensions", f"['{self.EXTENSION}']"),
            ("disable-extension-version-validation", "true"),
            ("welcome-dialog-last-shown-version", "99"),
        ):
            desk.run("gsettings", "set", "org.gnome.shell", key, value, package="libglib2.0-bin")
        desk.run(
            "gsettings", "set", "org.gnome.desktop.interface", "enable-animations", "false", package="libglib2.0-bin"
        )
        self.start()

    def start(self) -> None:
        shell = need("gnome-shell", package="gnome-shell")
        self.process = self._desk.start(shell, "--headless", "--virtual-monitor", "1024x640", "--unsafe-mode")

    def script(self, code: str) -> str:
        """What `code` (JavaScript) gives, run in the shell."""
        answer = self._desk.run(
            "gdbus", "call", "--session", "--dest", "org.gnome.Shell", "--object-path", "/org/gnome/Shell",
            "--method", "org.gnome.Shell.Eval", code, package="libglib2.0-bin",
        )  # fmt: skip
        assert answer.startswith("(true"), answer
        return answer

    def click(self, x: int, y: int, button: int = 1) -> None:
        self.script(
            "const C = imports.gi.Clutter; if (!global.tried) global.tried ="
            " C.get_default_backend().get_default_seat().create_virtual_device(C.InputDeviceType.POINTER_DEVICE);"
            f"const t = imports.gi.GLib.get_monotonic_time(); global.tried.notify_absolute_motion(t, {x}, {y});"
            f"global.tried.notify_button(t + 20000, {button}, C.ButtonState.PRESSED);"
            f"global.tried.notify_button(t + 90000, {button}, C.ButtonState.RELEASED); 1"
        )

    def picture(self) -> Image.Image:
        target = self._desk.folder / "gnome.png"
        self._desk.run(
            "gdbus", "call", "--session", "--dest", "org.gnome.Shell.Screenshot",
            "--object-path", "/org/gnome/Shell/Screenshot", "--method", "org.gnome.Shell.Screenshot.Screenshot",
            "false", "false", str(target), package="libglib2.0-bin",
        )  # fmt: skip
        with Image.open(target) as image:
            return image.convert("RGB")

    def read(self, phrase: str) -> tuple[int, int]:
        word = wait_for(f"{phrase!r} on the screen", lambda: phrase_on(self.picture(), phrase))
        return word.x, word.y


@pytest.mark.timeout(300)
def test_gnome_shell(desk: Desk) -> None:
    """GNOME opens the menu with a left click, by its extension's design; a double click is an activation."""
    program = TrayProgram(desk, "menu")
    program.hear("PRESENCE waiting")
    shell = GnomeShell(desk)
    program.hear("PRESENCE shown", 90)
    wait_for(
        "GNOME's overview to close",
        lambda: shell.script("Main.overview.hide(); Main.overview.visible").endswith("'false')\n"),
    )
    x, y = wait_for("the icon's number in the top bar", lambda: badge_on(shell.picture()))
    shell.picture().save(artefact("tray-gnome-shown.png"))
    shell.click(x, y)
    shell.read("Start at login")
    program.tell("unseen 8")
    shell.read("Work_a: 8 unseen")
    shell.picture().save(artefact("tray-gnome-menu-updated.png"))
    shell.click(*shell.read("Write a mail"))
    program.hear("ACTION Compose()")

    desk.end(shell.process)
    program.hear("PRESENCE waiting")
    shell.start()
    program.hear("PRESENCE shown", 90)
    program.tell("quit")
    program.hear("END")
