"""Moving in from Thunderbird: its settings are read as data, never run, and nonsense in them harms nobody."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.config import Account, Server
from notifier.setup import thunderbird
from notifier.setup.thunderbird import preferences

PREFS = r"""// Mozilla User Preferences
user_pref("mail.accountmanager.accounts", "account1,account2,account3,account9");
user_pref("mail.account.account1.identities", "id1,id2");
user_pref("mail.account.account1.server", "server1");
user_pref("mail.account.account2.server", "server2");
user_pref("mail.account.account3.server", "server3");
user_pref("mail.account.account3.identities", "id3");
user_pref("mail.identity.id1.fullName", "Ann \"the\" M\u00fcller");
user_pref("mail.identity.id1.smtpServer", "smtp1");
user_pref("mail.identity.id1.useremail", "ann@example.org");
user_pref("mail.identity.id3.useremail", "ann@hotmail.example");
user_pref("mail.server.server1.type", "pop3");
user_pref("mail.server.server1.name", "Work");
user_pref("mail.server.server1.hostname", "pop.example.org");
user_pref("mail.server.server1.userName", "ann");
user_pref("mail.server.server1.port", 995);
user_pref("mail.server.server1.socketType", 3);
user_pref("mail.server.server1.authMethod", 3);
user_pref("mail.server.server1.leave_on_server", true);
user_pref("mail.server.server1.delete_by_age_from_server", true);
user_pref("mail.server.server1.num_days_to_leave_on_server", 14);
user_pref("mail.server.server2.type", "imap");
user_pref("mail.server.server2.hostname", "imap.example.org");
user_pref("mail.server.server3.type", "pop3");
user_pref("mail.server.server3.hostname", "old.hotmail.example");
user_pref("mail.server.server3.realhostname", "pop.hotmail.example");
user_pref("mail.server.server3.userName", "ann@hotmail.example");
user_pref("mail.server.server3.authMethod", 10);
user_pref("mail.server.server3.socketType", 2);
user_pref("mail.smtpserver.smtp1.hostname", "smtp.example.org");
user_pref("mail.smtpserver.smtp1.port", 587);
user_pref("mail.smtpserver.smtp1.try_ssl", 2);
user_pref("mail.smtpserver.smtp1.username", "ann");
user_pref("mail.smtp.defaultserver", "smtp1");
"""


def profile(folder: Path, text: str = PREFS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "prefs.js").write_text(text, "utf-8")
    return folder


def test_pop3_accounts_are_taken_over_and_others_are_not(tmp_path: Path) -> None:
    work, hotmail = thunderbird.accounts(profile(tmp_path))
    assert work == Account(
        "Work",
        "ann@example.org",
        Server("pop.example.org", 995, "tls", "ann"),
        (Server("smtp.example.org", 587, "starttls", "ann"),),
        keep_on_server=14,
        full_name='Ann "the" Müller',
    )
    assert hotmail.name == "ann@hotmail.example"
    assert hotmail.pop3 == Server("pop.hotmail.example", 110, "starttls", "ann@hotmail.example", "xoauth2")
    assert hotmail.keep_on_server == 0


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('user_pref("a.b", "c");', [("a.b", "c")]),
        ('  user_pref ( "a" , 12 ) ;', [("a", 12)]),
        ('user_pref("a", true);', [("a", True)]),
        (r'user_pref("a", "x\"); user_pref(\"b\", \"y");', [("a", 'x"); user_pref("b", "y')]),
        (r'user_pref("a", "\u00e4\x41\n\\");', [("a", "äA\n\\")]),
        (r'user_pref("a", "\ud83d\ude00");', [("a", "😀")]),
        (r'user_pref("a", "\ud83d");', [("a", "\ufffd")]),
        ('pref("a", "b");', [("a", "b")]),
        ('// user_pref("a", "b");', []),
        ('user_pref("a", "b"', []),
        ('user_pref("a", evil());', []),
        ('user_pref("a", "b" + "c");', []),
        ("user_pref('a', 'b');", []),
        ("", []),
    ],
)
def test_preferences_are_taken_apart_not_run(line: str, found: list[tuple[str, object]]) -> None:
    assert list(preferences(line)) == found


def test_an_unencrypted_account_is_tried_encrypted(tmp_path: Path) -> None:
    text = PREFS.replace('server1.socketType", 3', 'server1.socketType", 0').replace("995", "110")
    assert thunderbird.accounts(profile(tmp_path, text))[0].pop3 == Server("pop.example.org", 995, "tls", "ann")


@pytest.mark.parametrize(
    "change",
    [
        ('hostname", "pop.example.org"', 'hostname", "-x pop"'),
        ('port", 995', 'port", 99999'),
        ('accounts", "account1,', 'accounts", "../../x,,'),
        ('server1.type", "pop3"', 'server1.type", 3'),
    ],
)
def test_an_account_that_cannot_be_is_left_out(tmp_path: Path, change: tuple[str, str]) -> None:
    names = [a.name for a in thunderbird.accounts(profile(tmp_path, PREFS.replace(*change)))]
    assert names == ["ann@hotmail.example"]


@given(st.text(max_size=200), st.integers(0, len(PREFS)), st.integers(0, 200))
def test_whatever_stands_there_gives_accounts_or_none(noise: str, place: int, cut: int) -> None:
    values = dict(preferences(PREFS[:place] + noise + PREFS[place + cut :]))
    settings = thunderbird.Settings(values)
    for key in settings.keys("mail.accountmanager.accounts"):
        account = settings.account(key)
        if account:
            assert account.pop3.host
            assert account.pop3.security in {"tls", "starttls"}
            assert "\n" not in account.name


INI = """[Install4F96D1932A9F858E]
Default=Profiles/main
Locked=1

[Profile1]
Name=old
IsRelative=1
Path=Profiles/old
Default=1

[Profile0]
Name=main
IsRelative=1
Path=Profiles/main

[Profile2]
Name=gone
IsRelative=1
Path=Profiles/gone
"""


@pytest.mark.parametrize(
    ("platform", "place"),
    [
        ("linux", ".thunderbird"),
        ("linux", "snap/thunderbird/common/.thunderbird"),
        ("linux", ".var/app/org.mozilla.Thunderbird/.thunderbird"),
        ("darwin", "Library/Thunderbird"),
        ("win32", "AppData/Roaming/Thunderbird"),
    ],
)
def test_profiles_are_found_the_one_in_use_first(
    tmp_path: Path, platform: str, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("APPDATA", raising=False)
    folder = tmp_path / place
    profile(folder / "Profiles/old")
    profile(folder / "Profiles/main")
    (folder / "profiles.ini").write_text(INI)
    assert [p.name for p in thunderbird.profiles(tmp_path, platform)] == ["main", "old"]


def test_no_thunderbird_is_no_profile(tmp_path: Path) -> None:
    assert thunderbird.profiles(tmp_path, "linux") == []
    (tmp_path / ".thunderbird").mkdir()
    (tmp_path / ".thunderbird/profiles.ini").write_text("not [an ini\nfile\0")
    assert thunderbird.profiles(tmp_path, "linux") == []
