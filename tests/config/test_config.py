"""Settings: every fault named at once with key, value and what is allowed; edits keep the user's comments."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier import config, config_edit
from notifier.config import Account, QuietHours, Server, SettingsError, load
from notifier.setting_values import parse_interval, parse_keep, parse_size

GOOD = """\
# my settings
[general]
interval = "15 min"   # not too often
quiet_hours = "22:00-07:00"
on_click = "check"

[[account]]
name = "Work"   # the office
address = "ann@example.org"
mailbox_limit = "500 MB"
warn_at = [95, 80, 90]
keep_on_server = "14 days"

[account.pop3]
host = "pop.example.org"
user = "ann@example.org"   # the whole address

[account.smtp]
host = "smtp.example.org"
security = "starttls"
user = "ann@example.org"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_the_settings_of_the_readme_are_understood(path: Path) -> None:
    path.write_text(GOOD)
    settings = load(path)
    (work,) = settings.accounts
    assert settings.general.interval == 900
    assert settings.general.quiet_hours == QuietHours(22 * 60, 7 * 60)
    assert (work.mailbox_limit, work.warn_at, work.keep_on_server) == (500_000_000, (80, 90, 95), 14)
    assert (work.pop3.port, work.smtp[0].port) == (995, 587)


def test_no_file_is_no_accounts(path: Path) -> None:
    assert load(path).accounts == ()


@pytest.mark.parametrize(
    ("line", "instead", "named"),
    [
        ('interval = "15 min"', 'interval = "10 s"', ["[general] interval", '"10 s"', "60 seconds"]),
        ('interval = "15 min"', "interval = 600", ["[general] interval = 600", "10 min"]),
        ('interval = "15 min"', 'intervall = "9 min"', ["intervall", "did you mean interval"]),
        ('on_click = "check"', 'on_click = "dance"', ["on_click", '"dance"', '"menu"', '"mail-program"']),
        ('"22:00-07:00"', '"25:00-07:00"', ["quiet_hours", "22:00-07:00"]),
        ('"500 MB"', '"500 parsecs"', ['[[account]] "Work" mailbox_limit', "500 parsecs", "500 MB"]),
        ("[95, 80, 90]", "[95, 120]", ["warn_at", "1 to 99"]),
        ('"14 days"', '"fortnight"', ["keep_on_server", "always", "N days"]),
        ('host = "pop.example.org"', 'host = "pop example"', ["pop3 host", "server name"]),
        ('host = "pop.example.org"', "", ["pop3 host is missing"]),
        ('security = "starttls"', 'security = "ssl"', ["smtp security", '"ssl"', '"starttls"']),
        ('security = "starttls"', 'security = "none"', ["unencrypted", "allow_plaintext"]),
        ('security = "starttls"', 'password = "x"', ["password must not stand in this file"]),
        ('user = "ann@example.org"   #', 'user = "ann\\r\\nDELE 1"   #', ["pop3 user", "line breaks"]),
        ("[general]", "[general", ["not valid TOML", "line 2"]),
        ('name = "Work"', 'name = ""', ["name", "not empty"]),
        ("# my settings", "colour = 1", ["colour is not a setting"]),
    ],
)
def test_a_fault_is_named_with_file_key_value_and_what_is_allowed(
    path: Path, line: str, instead: str, named: list[str]
) -> None:
    assert line in GOOD
    path.write_text(GOOD.replace(line, instead, 1))
    with pytest.raises(SettingsError) as caught:
        load(path)
    for word in [str(path), *named]:
        assert word in str(caught.value)


def test_all_faults_are_named_at_once(path: Path) -> None:
    path.write_text(GOOD.replace("15 min", "1 s").replace("500 MB", "?").replace("starttls", "?"))
    with pytest.raises(SettingsError) as caught:
        load(path)
    assert len(caught.value.problems) == 3


def test_a_mark_at_the_beginning_and_line_ends_of_windows_are_no_fault(path: Path) -> None:
    path.write_bytes(b'\xef\xbb\xbf[general]\r\ninterval = "5 min"\r\n')
    assert load(path).general.interval == 300
    config_edit.set_general(path, on_click="check")
    assert (load(path).general.interval, load(path).general.on_click) == (300, "check")


def test_another_encoding_is_named_with_its_line(path: Path) -> None:
    path.write_bytes(b'[[account]]\nname = "B\xfcro"\n')
    with pytest.raises(SettingsError, match="line 2 is not written in UTF-8"):
        load(path)


def test_two_accounts_of_one_name_are_a_fault(path: Path) -> None:
    path.write_text(GOOD + GOOD[GOOD.index("[[account]]") :])
    with pytest.raises(SettingsError, match="used twice"):
        load(path)


def test_plaintext_is_for_loopback_or_said_twice() -> None:
    assert Server("127.0.0.1", 110, "none").may_speak_plainly
    assert not Server("pop.example.org", 110, "none").may_speak_plainly
    assert Server("pop.example.org", 110, "none", allow_plaintext=True).may_speak_plainly


def test_several_sending_servers_keep_their_order(path: Path) -> None:
    several = GOOD.replace("[account.smtp]", "[[account.smtp]]") + '\n[[account.smtp]]\nhost = "isp.example"\n'
    path.write_text(several)
    assert [s.host for s in load(path).accounts[0].smtp] == ["smtp.example.org", "isp.example"]


# --- writing -----------------------------------------------------------------------------------------------------

HOME = Account("Home", "bob@example.net", Server("pop.example.net", 995, "tls", "bob"), mailbox_limit=10**9)


def test_a_change_keeps_comments_and_order(path: Path) -> None:
    path.write_text(GOOD)
    config_edit.set_general(path, interval="20 min")
    config_edit.set_account(path, "Work", muted=True)
    text = path.read_text()
    for comment in ("# my settings", "# not too often", "# the office", "# the whole address"):
        assert comment in text
    assert load(path).general.interval == 1200
    assert load(path).accounts[0].muted


def test_accounts_are_added_changed_reordered_and_removed(path: Path) -> None:
    path.write_text(GOOD)
    config_edit.put_account(path, HOME)
    assert [a.name for a in load(path).accounts] == ["Work", "Home"]
    config_edit.reorder(path, ["Home", "Work"])
    assert [a.name for a in load(path).accounts] == ["Home", "Work"]
    config_edit.put_account(path, Account("House", "", HOME.pop3), old_name="Home")
    assert [a.name for a in load(path).accounts] == ["House", "Work"]
    config_edit.remove_account(path, "House")
    assert [a.name for a in load(path).accounts] == ["Work"]
    assert "# the office" in path.read_text()


def test_the_file_and_its_folder_are_private(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    config_edit.put_account(path, HOME)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert load(path).accounts == (HOME,)


def test_a_file_with_faults_is_not_edited(path: Path) -> None:
    broken = GOOD.replace("15 min", "1 s")
    path.write_text(broken)
    with pytest.raises(SettingsError):
        config_edit.set_general(path, on_click="menu")
    assert path.read_text() == broken


def test_a_failed_write_leaves_the_file_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text(GOOD)

    def full_disk(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(OSError, match="No space"):
        config_edit.set_general(path, on_click="menu")
    assert path.read_text() == GOOD
    assert list(path.parent.iterdir()) == [path]


names = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40).map(str.strip).filter(bool)
accounts = st.builds(
    Account,
    name=names,
    address=st.sampled_from(["", "ann@example.org"]),
    pop3=st.builds(
        Server,
        host=st.sampled_from(["pop.example.org", "127.0.0.1", "bücher.example"]),
        port=st.integers(1, 65535),
        security=st.sampled_from(["tls", "starttls"]),
        user=names,
        auth=st.sampled_from(config.LOGINS),
    ),
    mailbox_limit=st.none() | st.integers(1, 10**15),
    warn_at=st.sets(st.integers(1, 99), max_size=4).map(lambda s: tuple(sorted(s))),
    keep_on_server=st.none() | st.integers(0, 400),
    interval=st.none() | st.integers(60, 86400),
    muted=st.booleans(),
    command=st.lists(names, max_size=3).map(tuple),
)


@given(account=accounts)
def test_what_is_written_is_read_back_the_same(account: Account, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("settings") / "config.toml"
    config_edit.put_account(path, account)
    assert load(path).accounts == (account,)


@given(st.text(max_size=60))
def test_any_value_is_understood_or_refused(text: str) -> None:
    for read in (parse_size, parse_interval, parse_keep, config.parse_quiet_hours):
        try:
            read(text)
        except ValueError:
            continue


@given(st.integers(1, 10**15))
def test_sizes_are_written_so_that_they_read_back_exactly(octets: int) -> None:
    assert parse_size(config_edit.size_text(octets)) == octets
