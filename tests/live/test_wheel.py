"""An installed wheel, far from any checkout: its artwork, its desktop files and its commands are all there."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.live
ROOT = Path(__file__).resolve().parent.parent.parent

LOOK = """
from notifier.tray import artwork
from notifier.tray.face import Face, State
from notifier.tray.picture import picture
import notifier
print(artwork.folder())
print(picture(Face(State.NEW, 3, 0.5), 22).size)
"""


@pytest.mark.timeout(180)
def test_an_installed_wheel_finds_its_artwork(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)],
        check=True,
        capture_output=True,
        timeout=120,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "notifier/icons/notifier.svg" in names
    assert not [n for n in names if n.startswith("tests/")]
    # The dependencies are borrowed from this environment; only the program itself comes from the wheel.
    site = next(p for p in sys.path if p.endswith("site-packages"))
    made = venv.EnvBuilder(with_pip=False)
    made.create(tmp_path / "env")
    packages = next((tmp_path / "env" / "lib").glob("python*")) / "site-packages"
    zipfile.ZipFile(wheel).extractall(packages)
    (packages / "borrowed.pth").write_text(site + "\n")
    python = tmp_path / "env" / "bin" / "python"
    done = subprocess.run(
        [str(python), "-c", LOOK], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    folder, size = done.stdout.splitlines()
    assert Path(folder) == packages / "notifier" / "icons"
    assert size == "(22, 22)"
    told = subprocess.run(
        [str(python), "-m", "notifier", "--version"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert told.stdout.startswith("notifier ")
