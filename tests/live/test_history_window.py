"""The history window under a person's hands: what it shows, reads out, saves, and takes as the provider's figure."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from PIL import Image

from notifier import config_edit
from notifier.mailbox.calibration import calibration_from
from notifier.mailbox.changes import compare
from notifier.mailbox.history import rows_of
from notifier.mailbox.snapshot import Snapshot
from notifier.places import Places
from notifier.store import Store
from notifier.system import instance
from notifier.watch.check import identity_of
from tests.live.desktop import ROOT, Desk, desk_in, phrase_on, wait_for
from tests.live.needs import artefact, need
from tests.live.test_demo import picture
from tests.windows.histories import NOW, typical

pytestmark = [pytest.mark.live, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    pytest.importorskip("tkinter")
    need("xdotool", package="xdotool")
    with desk_in(tmp_path_factory.mktemp("desk")) as desk:
        desk.start_bus()
        desk.start_display("1360x1060")
        desk.start(need("openbox", package="openbox"))
        desk.env["PYTHONPATH"] = str(ROOT)
        yield desk


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder of a program that watched all typical mailboxes, shifted so that they end now."""
    where = Places(tmp_path, tmp_path)
    store = Store(where.state, now=NOW)
    shift = time.time() - NOW
    for found in typical().values():
        account, last = found.account, found.samples[-1]
        config_edit.put_account(where.config, account)
        memory = store.memory(account.name, identity_of(account))
        with store.transaction():
            seen = compare(None, Snapshot(last.count, last.octets, tuple(f"{n}" for n in range(last.count))))
            store.remember(memory, seen, time.time(), listed=True)
            rows = [(row[0] + shift, *row[1:]) for row in rows_of(found.samples)]
            store.replace_sizes(account.name, rows)
    store.close()
    return tmp_path


def _open(desk: Desk, home: Path, account: str, look: str = "light") -> subprocess.Popen[str]:
    desk.env["NOTIFIER_LOOK"] = look
    shown = desk.start(
        sys.executable, "-m", "notifier", "--home", str(home), "history", account, "--window", log=f"history-{look}"
    )
    wait_for("the window", lambda: phrase_on(picture(desk), "provider's page"))
    return shown


def _wait_for_the_dialog(desk: Desk) -> None:
    def there() -> bool:
        try:
            return bool(desk.run("xdotool", "search", "--onlyvisible", "--name", "Save As"))
        except subprocess.CalledProcessError:  # its way to say that there is no such window yet
            return False

    wait_for("the dialog", there)


def _close(desk: Desk, shown: subprocess.Popen[str]) -> None:
    desk.run("xdotool", "key", "Escape")
    assert shown.wait(20) == 0


@pytest.mark.parametrize("look", ["light", "dark"])
def test_the_picture_and_what_a_pointer_reads(desk: Desk, home: Path, look: str) -> None:
    shown = _open(desk, home, "Work", look)
    word = wait_for("the forecast", lambda: phrase_on(picture(desk), "full in 34 to"))
    desk.run("xdotool", "key", "ctrl+4")  # all of it
    wait_for("the whole time", lambda: phrase_on(picture(desk), "Oct"))
    desk.run("xdotool", "key", "2")  # a digit alone does it too
    wait_for("the month", lambda: not phrase_on(picture(desk), "1 Oct"))
    desk.run("xdotool", "key", "4")
    wait_for("the whole time again", lambda: phrase_on(picture(desk), "Oct"))
    desk.run("xdotool", "mousemove", str(word.x - 400), str(word.y - 60))
    wait_for("the values at the pointer", lambda: phrase_on(picture(desk), "new that day"))
    picture(desk).save(artefact(f"history-window-{look}.png"))
    desk.run("xdotool", "mousemove", "5", "5")
    _close(desk, shown)


def test_the_other_accounts_are_a_key_away(desk: Desk, home: Path) -> None:
    shown = _open(desk, home, "Office")
    desk.run("xdotool", "key", "ctrl+Next")
    wait_for("the next account", lambda: phrase_on(picture(desk), "settles at about"))
    _close(desk, shown)


def test_a_check_is_asked_of_the_running_program(desk: Desk, home: Path) -> None:
    """A slow one too: what is asked for is under way, or it is said that nobody is there to do it."""
    shown = _open(desk, home, "Office")
    desk.run("xdotool", "key", "F5")
    wait_for("that nobody is there", lambda: phrase_on(picture(desk), "is not running"))
    asked: list[str] = []
    go_on = Event()

    def slow(request: instance.Request) -> instance.Request:
        asked.append(request["do"])
        assert go_on.wait(60)
        return {"ok": True}

    with instance.Server(Places(home, home).door, slow):
        desk.run("xdotool", "key", "F5")
        wait_for("that it is under way", lambda: phrase_on(picture(desk), "Checking now"))
        go_on.set()
    assert asked == ["check"]
    _close(desk, shown)


def test_the_picture_is_saved(desk: Desk, home: Path, tmp_path: Path) -> None:
    shown = _open(desk, home, "Home")
    target = tmp_path / "my picture.png"
    desk.run("xdotool", "key", "ctrl+s")
    _wait_for_the_dialog(desk)
    desk.run("xdotool", "key", "ctrl+a")
    desk.run("xdotool", "type", "--delay", "20", str(target))
    desk.run("xdotool", "key", "Return")
    wait_for("the file", target.exists)
    with Image.open(target) as saved:
        assert saved.size == (1920, 1040)
    assert target.stat().st_mode & 0o777 == 0o600
    wait_for("that it says so", lambda: phrase_on(picture(desk), "Saved as"))
    _close(desk, shown)


def test_the_table_is_saved_on_a_sharp_screen(desk: Desk, home: Path, tmp_path: Path) -> None:
    """Half as many pixels an inch again: nothing is cut off, and the table's button is where it is read."""
    desk.run("xrdb", "-merge", str(_sharp(tmp_path)), package="x11-xserver-utils")
    try:
        shown = _open(desk, home, "Holiday")
        button = wait_for("the button", lambda: phrase_on(picture(desk), "Save table"))
        assert wait_for("a whole size on the axis", lambda: phrase_on(picture(desk), "400 MB"))
        picture(desk).save(artefact("history-window-sharp.png"))
        desk.run("xdotool", "mousemove", str(button.x), str(button.y), "click", "1")
        _wait_for_the_dialog(desk)
        target = tmp_path / "sizes.csv"
        desk.run("xdotool", "key", "ctrl+a")
        desk.run("xdotool", "type", "--delay", "20", str(target))
        desk.run("xdotool", "key", "Return")
        wait_for("the file", target.exists)
        with target.open(newline="") as file:
            rows = list(csv.DictReader(file))
        assert {row["account"] for row in rows} == {"Holiday"}
        assert len(rows) == len(typical()["hole"].samples)
        _close(desk, shown)
    finally:
        desk.run("xrdb", "-remove", package="x11-xserver-utils")


def _sharp(folder: Path) -> Path:
    resources = folder / "resources"
    resources.write_text("Xft.dpi: 144\n")
    return resources


def test_what_the_provider_says_is_typed_in(desk: Desk, home: Path) -> None:
    shown = _open(desk, home, "Work")
    where = wait_for("the field", lambda: phrase_on(picture(desk), "page says"))
    desk.run("xdotool", "mousemove", str(where.x + 110), str(where.y + 6), "click", "1")
    desk.run("xdotool", "type", "a lot")
    desk.run("xdotool", "key", "Return")
    wait_for("what is wanted instead", lambda: phrase_on(picture(desk), "is wanted"))
    desk.run("xdotool", "key", "ctrl+a")
    desk.run("xdotool", "type", "520 MB")
    desk.run("xdotool", "key", "Return")
    wait_for("that it was taken", lambda: phrase_on(picture(desk), "more lie outside the inbox"))
    picture(desk).save(artefact("history-window-outside.png"))
    store = Store(home / "state.db", now=time.time())
    found = calibration_from(store.calibration("Work"))
    store.close()
    assert found is not None
    assert found.provider == 520_000_000
    _close(desk, shown)


def test_files_without_any_display(home: Path, tmp_path: Path) -> None:
    def notifier(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "notifier", "--home", str(home), *words],
            env={"PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    image, table = tmp_path / "all.png", tmp_path / "sizes.csv"
    done = notifier("history", "--png", str(image), "--csv", str(table), "--range", "year", "--dark")
    assert (done.returncode, done.stderr) == (0, "")
    with Image.open(image) as saved:
        assert saved.size == (1920, 1040 * len(typical()))
    assert image.stat().st_mode & 0o777 == 0o600
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    told = json.loads(notifier("history", "--json").stdout)["accounts"]
    assert len(rows) == sum(len(a["samples"]) for a in told)
    assert {row["account"] for row in rows} == {p.account.name for p in typical().values()}
    assert rows[-1]["octets"] == str(told[-1]["samples"][-1]["octets"])
    for place in (str(tmp_path / "no" / "such.png"), "/proc/nothing.png"):
        assert notifier("history", "--png", place).returncode == 3
    assert not (tmp_path / "no").exists()
