"""What `make demo` shows a person: the icon, an alert for new mail, one for the filling mailbox, and a clean end."""

from __future__ import annotations

import io
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from notifier.demo.scenario import HOME, deliveries
from tests.live.desktop import Desk, badge_on, desk_in, phrase_on, wait_for
from tests.live.needs import artefact, need
from tests.live.test_tray_x11_panels import start_xfce

pytestmark = pytest.mark.live
DEMO = (sys.executable, "-m", "notifier", "demo", "--speed", "3")
AT_FIRST = 24  # messages in "Home" when the demo begins


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with desk_in(tmp_path) as desk:
        desk.start_bus()
        desk.start_display("900x600")
        yield desk


def picture(desk: Desk) -> Image.Image:
    command = [need("import", package="imagemagick"), "-window", "root", "png:-"]
    done = subprocess.run(command, env=desk.env, capture_output=True, timeout=20, check=True)
    return Image.open(io.BytesIO(done.stdout)).convert("RGB")


def _panel(desk: Desk) -> Image.Image:
    """The panel alone: alerts show a red number too."""
    return picture(desk).crop((0, 0, 300, 31))


@pytest.mark.timeout(180)
def test_the_demo_on_a_desktop(desk: Desk) -> None:
    start_xfce(desk)
    (desk.folder / "dunstrc").write_text("[global]\nfont = DejaVu Sans 11\nwidth = 380\noffset = 12x44\nheight = 200\n")
    desk.start(need("dunst", package="dunst"), "-conf", str(desk.folder / "dunstrc"))
    demo = desk.start(*DEMO, log="demo", stdout=subprocess.PIPE)
    x, y = wait_for("the icon with its number", lambda: badge_on(_panel(desk)))
    wait_for("an alert for new mail", lambda: phrase_on(picture(desk), "new"), 60)
    wait_for("an alert for the filling mailbox", lambda: phrase_on(picture(desk), "The mailbox is"), 60)
    picture(desk).save(artefact("demo-alerts.png"))
    desk.run("xdotool", "mousemove", str(x), str(y), "click", "1")
    try:
        wait_for("the menu", lambda: phrase_on(picture(desk), "Check now"))
        desk.run("xdotool", "mousemove", "100", "250")  # away from the icon, whose tooltip covers the menu's top
        home = wait_for("the forecast in the account's line", lambda: phrase_on(picture(desk), "full in"))
        desk.run("xdotool", "mousemove", str(home.x), str(home.y))
        wait_for("the size in the account's own menu", lambda: phrase_on(picture(desk), "50 MB"))
    finally:
        picture(desk).save(artefact("demo-menu.png"))
    desk.run("xdotool", "key", "Escape")
    demo.send_signal(signal.SIGINT)
    assert demo.wait(20) == 0
    wait_for("the icon gone", lambda: badge_on(_panel(desk)) is None)
    assert not list(Path("/tmp").glob(f"notifier-demo-*/{demo.pid}"))
    assert "Traceback" not in (desk.folder / "demo.log").read_text()


@pytest.mark.timeout(120)
def test_the_demo_in_a_terminal_without_any_screen(tmp_path: Path) -> None:
    """No display, no bus: alerts are written to the terminal, and Ctrl-C leaves nothing behind."""
    with desk_in(tmp_path) as desk:
        desk.env["TMPDIR"] = str(tmp_path / "cache")
        demo = desk.start(*DEMO, log="demo", stdout=subprocess.PIPE)
        assert demo.stdout is not None
        said: list[str] = []
        for line in demo.stdout:
            said.append(line)
            if ("full" in line and "no more mail" in line) or "is full" in line:
                break
        demo.send_signal(signal.SIGINT)
        assert demo.wait(20) == 0
        assert list((tmp_path / "cache").iterdir()) == []
        assert "Traceback" not in (desk.folder / "demo.log").read_text()
    text = "".join(said)
    artefact("demo-terminal.txt").write_text(text)
    assert "Alerts are written to this terminal" in text
    assert re.search(r"Work: \d+ new message", text)
    assert re.search(r"Home: .*at least 8\d %", text, re.DOTALL)
    before, *after = re.split(r"Home: full in about \d+ days \(", text)
    assert len(after) == 1  # said once, and with no more mail there than comes in the first minute
    last = re.findall(r"Home: .* (\d+) in the mailbox", before)[-1]
    assert int(last) < AT_FIRST + sum(d.user == HOME and d.after < 60 for d in deliveries())


@pytest.mark.timeout(120)
def test_without_a_tray_the_program_goes_on_and_says_so(desk: Desk) -> None:
    """On a bare display: no panel, no notification service. It waits for a panel, and status tells everything."""
    home = desk.folder / "notifier-home"
    home.mkdir(mode=0o700)
    desk.env["NOTIFIER_HOME"] = str(home)
    program = desk.start(sys.executable, "-m", "notifier", "run", log="program")

    def status() -> dict[str, object]:
        done = subprocess.run(
            [sys.executable, "-m", "notifier", "status", "--json"],
            env=desk.env,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        told: dict[str, object] = json.loads(done.stdout)
        return told

    wait_for("the running program", lambda: status()["running"])
    start_xfce(desk)
    wait_for("the icon on the panel that came late", lambda: _something_drawn(picture(desk)))
    program.send_signal(signal.SIGTERM)
    assert program.wait(20) == 0


def _something_drawn(shot: Image.Image) -> bool:
    """Whether the panel's left end holds more than its one colour."""
    corner = shot.crop((0, 2, 28, 28))
    return len(corner.getcolors(1000) or []) > 12
