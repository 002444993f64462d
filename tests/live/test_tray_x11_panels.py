"""The icon on real X11 panels: seen, clicked, its menu read and used, back after the panel's restart."""

from __future__ import annotations

import io
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

import pytest
from PIL import Image

from tests.live.desktop import Desk, TrayProgram, badge_on, desk_in, phrase_on, wait_for
from tests.live.needs import artefact, need

pytestmark = pytest.mark.live

XFCE_PANEL = """<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="dark-mode" type="bool" value="true"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="size" type="uint" value="30"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/></property>
    </property>
  </property>
  <property name="plugins" type="empty"><property name="plugin-1" type="string" value="systray"/></property>
</channel>
"""

LXQT_PANEL = """[General]
panels=panel1

[panel1]
plugins=statusnotifier
position=Top
panelSize=32
iconSize=22
width=100
width-percent=true

[statusnotifier]
type=statusnotifier
"""


def start_xfce(desk: Desk) -> subprocess.Popen[str]:
    folder = Path(desk.env["XDG_CONFIG_HOME"]) / "xfce4" / "xfconf" / "xfce-perchannel-xml"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "xfce4-panel.xml").write_text(XFCE_PANEL)
    return desk.start(need("xfce4-panel", package="xfce4-panel"), "--disable-wm-check")


def start_lxqt(desk: Desk) -> subprocess.Popen[str]:
    folder = Path(desk.env["XDG_CONFIG_HOME"]) / "lxqt"
    folder.mkdir(exist_ok=True)
    (folder / "panel.conf").write_text(LXQT_PANEL)
    return desk.start(need("lxqt-panel", package="lxqt-panel"))


def start_trayer(desk: Desk) -> subprocess.Popen[str]:
    options = "--edge top --align left --widthtype request --height 28 --tint 0x2b4060 --alpha 0 --transparent true"
    return desk.start(need("trayer", package="trayer"), *options.split())


@dataclass(frozen=True)
class Panel:
    name: str
    start: Callable[[Desk], subprocess.Popen[str]]
    tooltip: str = "Work_a: 3 unseen"
    managed: bool = False  # without a window manager LXQt shows no tooltips


PANELS = [
    Panel("xfce4-panel", start_xfce),
    Panel("lxqt-panel", start_lxqt, tooltip="unseen messages", managed=True),
    Panel("trayer", start_trayer),
]


class Screen:
    """The desk's X display: pictures of it, and its pointer."""

    def __init__(self, desk: Desk, name: str) -> None:
        self._desk = desk
        self._name = name

    def picture(self) -> Image.Image:
        command = [need("import", package="imagemagick"), "-window", "root", "png:-"]
        done = subprocess.run(command, env=self._desk.env, capture_output=True, timeout=20, check=True)
        return Image.open(io.BytesIO(done.stdout)).convert("RGB")

    def keep(self, what: str) -> None:
        self.picture().save(artefact(f"tray-{self._name}-{what}.png"))

    def move(self, x: int, y: int) -> None:
        self._desk.run("xdotool", "mousemove", str(x), str(y))

    def hover(self, x: int, y: int) -> None:
        """Comes from elsewhere and moves on the spot, as a hand does: some wait for a motion before they tell."""
        for to in ((400, 400), (x - 2, y), (x - 1, y), (x, y)):
            self.move(*to)
            time.sleep(0.1)

    def click(self, x: int, y: int, button: int = 1) -> None:
        self._desk.run("xdotool", "mousemove", str(x), str(y), "click", str(button))

    def icon(self) -> tuple[int, int]:
        return wait_for("the icon's number on the panel", lambda: badge_on(self.picture()))

    def read(self, phrase: str) -> tuple[int, int]:
        try:
            word = wait_for(f"{phrase!r} on the screen", lambda: phrase_on(self.picture(), phrase))
        except AssertionError:
            self.keep("missing-" + phrase.replace(" ", "-"))
            raise
        return word.x, word.y

    def shows(self, phrase: str) -> bool:
        return phrase_on(self.picture(), phrase) is not None


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_in(tmp_path) as desk:
        desk.start_bus()
        desk.start_display()
        yield desk


@pytest.mark.timeout(240)
@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.name)
def test_a_day_on_the_panel(desk: Desk, panel: Panel) -> None:
    """The program comes first, the panel later; every way a person uses the icon; the panel dies and returns."""
    screen = Screen(desk, panel.name)
    program = TrayProgram(desk, "check")
    program.hear("PRESENCE waiting")
    if panel.managed:
        desk.start(need("openbox", package="openbox"))

    host = panel.start(desk)
    program.hear("PRESENCE shown")
    x, y = screen.icon()
    screen.keep("shown")

    screen.click(x, y)
    program.hear("ACTION Click()")

    screen.hover(x, y)
    screen.read(panel.tooltip)
    screen.keep("tooltip")

    screen.click(x, y, button=3)
    screen.read("Start at login")
    screen.keep("menu")
    program.tell("unseen 8")
    screen.read("Work_a: 8 unseen")
    assert screen.shows("Start at login"), "an update closed the open menu"
    screen.keep("menu-updated")
    screen.click(*screen.read("Write a mail"))
    program.hear("ACTION Compose()")
    wait_for("the menu to close", lambda: not screen.shows("Start at login"))

    desk.end(host)
    program.hear("PRESENCE waiting")
    panel.start(desk)
    program.hear("PRESENCE shown")
    x, y = screen.icon()
    screen.click(x, y)
    program.hear("ACTION Click()")

    program.tell("quit")
    program.hear("END")
    assert program.process.wait(10) == 0
    wait_for("the icon to go", lambda: badge_on(screen.picture()) is None)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.name)
def test_click_opens_the_menu_when_set_so(desk: Desk, panel: Panel) -> None:
    screen = Screen(desk, f"{panel.name}-click")
    panel.start(desk)
    program = TrayProgram(desk, "menu")
    program.hear("PRESENCE shown")
    screen.click(*screen.icon())
    line = screen.read("Mark all as seen")
    screen.keep("menu")
    screen.click(*line)
    program.hear("ACTION MarkSeen(account=None)")
    assert "ACTION Click()" not in program.said


def test_one_thing_that_fails_does_not_end_the_icon(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", desk.env["DISPLAY"])
    from notifier.tray.xembed.dock import DockIcon

    icon = DockIcon("notifier", lambda _action: None, lambda _presence: None)
    life = Thread(target=icon._run, daemon=True)
    life.start()
    icon._ask(lambda: 1 / 0)  # type: ignore[arg-type, return-value]
    alive = Event()
    icon._ask(alive.set)
    assert alive.wait(10)
    icon._stop()
    life.join(10)
    assert not life.is_alive()
