"""How the program is started again: found out in real virtual environments, with spaces in their paths and moved."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

from notifier.system import installed
from notifier.system.installed import missing_part, own_command

ROOT = Path(installed.__file__).resolve().parents[2]
ASK = "from notifier.system.installed import own_command; print('\\n'.join(own_command()))"


def test_a_checkout_starts_itself_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "_scripts", lambda: iter(()))
    command = own_command(tmp_path)
    assert command == [sys.executable, str(ROOT / "notifier" / "__main__.py"), "--home", str(tmp_path)]
    done = subprocess.run(
        [*command, "accounts", "--json"], cwd="/", capture_output=True, text=True, timeout=60, check=True
    )
    assert '"accounts": []' in done.stdout


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment in a folder with a space, with the command as pip would have written it."""
    folder = tmp_path_factory.mktemp("my tools") / "env"
    venv.create(folder, with_pip=False, symlinks=True)
    site = next(folder.glob("lib/python*/site-packages"))
    (site / "here.pth").write_text(str(ROOT))
    script(folder / "bin" / "notifier", folder / "bin" / "python")
    return folder


def script(path: Path, python: Path) -> None:
    """What pip writes where the interpreter's path has a space and cannot stand in the first line."""
    path.write_text(
        f"#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''\nimport sys\nfrom notifier.cli import main\n"
    )
    path.chmod(0o755)


def asked(python: Path, path: str) -> list[str]:
    done = subprocess.run(
        [str(python), "-c", ASK], cwd="/", env={"PATH": path}, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.splitlines()


def test_a_virtual_environment_starts_its_own_command(environment: Path) -> None:
    assert asked(environment / "bin" / "python", "/usr/bin") == [str(environment / "bin" / "notifier")]


def test_pipx_starts_the_link_that_it_keeps(environment: Path, tmp_path: Path) -> None:
    (tmp_path / "notifier").symlink_to(environment / "bin" / "notifier")
    assert asked(environment / "bin" / "python", f"{tmp_path}:/usr/bin") == [str(tmp_path / "notifier")]


def test_the_command_of_another_installation_is_not_ours(environment: Path, tmp_path: Path) -> None:
    script(tmp_path / "notifier", Path("/other/env/bin/python"))
    assert asked(environment / "bin" / "python", str(tmp_path)) == [str(environment / "bin" / "notifier")]


def test_windows_starts_without_a_console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("python.exe", "pythonw.exe"):
        (tmp_path / name).write_text("")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python.exe"))
    assert own_command(platform="win32")[0] == str(tmp_path / "pythonw.exe")
    (tmp_path / "pythonw.exe").unlink()
    assert own_command(platform="win32")[0] == str(tmp_path / "python.exe")


def test_what_is_missing_is_named(environment: Path, tmp_path: Path) -> None:
    command = environment / "bin" / "notifier"
    assert missing_part([str(command), "--home", "/nowhere"]) == ""
    assert missing_part(["/nonexistent/notifier"]) == "/nonexistent/notifier"
    assert missing_part([sys.executable, "/nonexistent/__main__.py"]) == "/nonexistent/__main__.py"
    assert missing_part(["notifier"]) == ""  # found by PATH at login: not for us to say
    script(tmp_path / "spaced", Path("/gone/my env/bin/python"))
    assert missing_part([str(tmp_path / "spaced")]) == "/gone/my env/bin/python"
    (tmp_path / "plain").write_text("#!/gone/env/bin/python -E\n")
    assert missing_part([str(tmp_path / "plain")]) == "/gone/env/bin/python"
    (tmp_path / "by-env").write_text("#!/usr/bin/env python3\n")
    assert missing_part([str(tmp_path / "by-env")]) == ""
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    assert missing_part([str(tmp_path / "dangling")]) == str(tmp_path / "dangling")
