"""Desktop entries: every argument survives the quoting, and what others wrote is understood."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.system.desktop_entry import command_of, exec_line, find_application, read, value

AWKWARD = ["/opt/my tools/notifier", "100%", "%u", 'say "hi"', "it's", "$HOME", "`id`", "a\\b", "x;y&z|", "(#~*?)", ""]


@pytest.mark.parametrize("word", AWKWARD)
def test_an_argument_arrives_as_it_is(word: str) -> None:
    assert command_of(exec_line(["notifier", word, "run"])) == ["notifier", word, "run"]


@pytest.mark.parametrize("program", ["/opt/100%/notifier", "/opt/my tools/notifier"])
def test_a_program_in_an_awkward_place(program: str) -> None:
    assert command_of(exec_line([program, "run"])) == [program, "run"]


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1))
def test_any_arguments_arrive_as_they_are(command: list[str]) -> None:
    line = exec_line(command)
    assert "\n" not in line and command_of(line) == command


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("thunderbird %u", ["thunderbird"]),
        ("evolution --name=%c %U", ["evolution", "--name="]),
        ('"/opt/Mail App/run" --mail %F', ["/opt/Mail App/run", "--mail"]),
        ("env VAR=50%% prog", ["env", "VAR=50%", "prog"]),
        (r'sh -c "echo \\$HOME"', ["sh", "-c", "echo $HOME"]),
        ("  spaced   out  ", ["spaced", "out"]),
        ("/usr/bin/flatpak run org.gnome.Geary @@u %u @@", ["/usr/bin/flatpak", "run", "org.gnome.Geary", "@@u", "@@"]),
        ("", []),
    ],
)
def test_what_others_wrote(line: str, command: list[str]) -> None:
    assert command_of(line) == command


def test_an_open_quote_is_an_error() -> None:
    with pytest.raises(ValueError, match="quote"):
        command_of('"never closed')


def test_a_value_stays_on_its_line() -> None:
    assert value("a\nb\\c\td") == r"a\nb\\c\td"


def test_keys_of_one_group(tmp_path: Path) -> None:
    path = tmp_path / "x.desktop"
    path.write_text("# a comment\n[Desktop Entry]\nName = X\nExec=x %u\nExec=second\n[Desktop Action y]\nExec=y\n")
    assert read(path) == {"Name": "X", "Exec": "x %u"}
    assert read(path, "Desktop Action y") == {"Exec": "y"}
    assert read(tmp_path / "none.desktop") == {}
    path.write_bytes(b"[Desktop Entry]\nName=\xff\xfe\n")
    assert "Name" in read(path)


def test_applications_are_found_by_their_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own"))
    monkeypatch.setenv("XDG_DATA_DIRS", f"{tmp_path}/shared:relative/ignored")
    deep = tmp_path / "shared" / "applications" / "kde" / "mail-reader.desktop"
    deep.parent.mkdir(parents=True)
    deep.write_text("")
    assert find_application("kde-mail-reader.desktop") == deep
    assert find_application("mail-reader.desktop") is None
    assert find_application("../../etc/passwd") is None
    assert find_application("kde/mail-reader.desktop") is None
