"""Which mail program is opened: the user's command, the desktop's choice, and never ourselves."""

from __future__ import annotations

import plistlib
from pathlib import Path

import pytest

from notifier.system import mail_program
from notifier.system.mail_program import NoMailProgram, command_for, open_mail, own_command
from tests.live.private_bus import wait_until


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty machine with a program for each name that a test installs."""
    for variable in ("XDG_CONFIG_DIRS", "XDG_DATA_DIRS"):
        monkeypatch.setenv(variable, str(tmp_path / "system"))
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "GNOME:Unity")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    (tmp_path / "bin").mkdir()
    return tmp_path


def install(machine: Path, name: str, exec_value: str = "", **keys: str) -> None:
    program = machine / "bin" / name
    program.write_text(f'#!/bin/sh\necho "$0 $@ token=$XDG_ACTIVATION_TOKEN" > {machine}/opened\n')
    program.chmod(0o755)
    entry = machine / "home" / "applications" / f"{name}.desktop"
    entry.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(f"{key}={text}\n" for key, text in keys.items())
    entry.write_text(f"[Desktop Entry]\nType=Application\nName=X\nExec={exec_value or name + ' %u'}\n{lines}")


def associate(path: Path, group: str, *names: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    entries = ";".join(f"{name}.desktop" for name in names)
    with path.open("a") as file:
        file.write(f"[{group}]\ntext/html=browser.desktop\nx-scheme-handler/mailto={entries};\n")


def test_the_users_choice_comes_first(machine: Path) -> None:
    for name in ("one", "two", "three"):
        install(machine, name)
    associate(machine / "system" / "applications" / "mimeinfo.cache", "MIME Cache", "three")
    assert command_for("linux") == ["three"]
    associate(machine / "system" / "mimeapps.list", "Default Applications", "two")
    assert command_for("linux") == ["two"]
    associate(machine / "home" / "mimeapps.list", "Default Applications", "gone", "one")
    assert command_for("linux") == ["one"]  # the first that is installed
    associate(machine / "home" / "gnome-mimeapps.list", "Default Applications", "three")
    assert command_for("linux") == ["three"]  # what was chosen for this desktop


def test_added_associations_count_before_what_merely_could(machine: Path) -> None:
    install(machine, "one")
    install(machine, "two")
    associate(machine / "home" / "applications" / "mimeinfo.cache", "MIME Cache", "one")
    associate(machine / "home" / "mimeapps.list", "Added Associations", "two")
    assert command_for("linux") == ["two"]


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("notifier", {}),
        ("notifier-compose", {}),
        ("hidden", {"Hidden": "true"}),
        ("broken", {"Exec": '"never closed'}),
        ("missing", {"Exec": "no-such-program %u"}),
    ],
)
def test_what_cannot_be_opened_is_passed_over(machine: Path, name: str, keys: dict[str, str]) -> None:
    install(machine, name, keys.pop("Exec", ""), **keys)
    install(machine, "mail")
    associate(machine / "home" / "mimeapps.list", "Default Applications", name, "mail")
    assert command_for("linux") == ["mail"]


def test_a_mail_program_for_the_terminal(machine: Path) -> None:
    install(machine, "mutt", Terminal="true")
    associate(machine / "home" / "mimeapps.list", "Default Applications", "mutt")
    install(machine, "x-terminal-emulator")
    assert command_for("linux") == ["x-terminal-emulator", "-e", "mutt"]
    install(machine, "xdg-terminal-exec")
    assert command_for("linux") == ["xdg-terminal-exec", "mutt"]


def test_nothing_to_open(machine: Path) -> None:
    with pytest.raises(NoMailProgram, match="Choose one"):
        open_mail()


def test_it_is_opened_with_the_token_of_the_click(machine: Path) -> None:
    install(machine, "mail", '"mail" --start %U')
    associate(machine / "home" / "mimeapps.list", "Default Applications", "mail")
    open_mail(token="t-1")
    wait_until(lambda: (machine / "opened").exists() and (machine / "opened").read_text(), "it was opened")
    assert (machine / "opened").read_text().strip() == f"{machine}/bin/mail --start token=t-1"


def test_the_users_own_command_and_no_shell(machine: Path) -> None:
    install(machine, "mine")
    open_mail("mine --folder 'In box' $(id) ; ls")
    wait_until(lambda: (machine / "opened").exists() and (machine / "opened").read_text(), "it was opened")
    assert (machine / "opened").read_text().strip() == f"{machine}/bin/mine --folder In box $(id) ; ls token="


@pytest.mark.parametrize(
    ("command", "says"),
    [("no-such-program", "No such file"), ("/", "cannot be started"), ("'open", "not a command"), ("''", "cannot be")],
)
def test_a_command_that_does_not_work_is_named(machine: Path, command: str, says: str) -> None:
    with pytest.raises(NoMailProgram, match=says):
        open_mail(command)


def test_a_home_folder_in_the_command() -> None:
    assert own_command("~/bin/mail -x", windows=False) == [str(Path.home() / "bin" / "mail"), "-x"]


def test_windows_words() -> None:
    line = r'"C:\Program Files\Mail\mail.exe" -mail "in box"'
    assert own_command(line, windows=True) == [r"C:\Program Files\Mail\mail.exe", "-mail", "in box"]


def test_windows_asks_the_registry() -> None:
    keys = {
        r"Software\Clients\Mail": "Thunderbird",
        r"Software\Clients\Mail\Thunderbird\shell\open\command": r'"C:\TB\thunderbird.exe" -mail',
    }
    assert mail_program._on_windows(lambda key: keys.get(key, "")) == [r"C:\TB\thunderbird.exe", "-mail"]
    assert mail_program._on_windows(lambda _key: "") == []


def test_macos_asks_its_launch_services(tmp_path: Path) -> None:
    plist = tmp_path / "secure.plist"
    assert mail_program._on_macos(plist) == ["open", "-a", "Mail"]
    handlers = [{"LSHandlerURLScheme": "http"}, {"LSHandlerURLScheme": "mailto", "LSHandlerRoleAll": "org.tb"}]
    plist.write_bytes(plistlib.dumps({"LSHandlers": handlers}))
    assert mail_program._on_macos(plist) == ["open", "-b", "org.tb"]
    plist.write_bytes(b"garbage")
    assert mail_program._on_macos(plist) == ["open", "-a", "Mail"]
