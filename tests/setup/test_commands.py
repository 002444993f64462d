"""Set-up without a window: what the options make of an account, what is refused, what is written where."""

from __future__ import annotations

import argparse
import io
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from notifier.config import Account, Server, load
from notifier.places import Places
from notifier.setup import commands, moving
from notifier.setup.discovery import Found
from notifier.setup.offers import Offer, Source
from notifier.setup.options import UseError, add_options, assemble
from tests.setup.test_thunderbird import profile

ADDRESS = "ann@example.org"
OFFER = Offer(
    Source.PROVIDER,
    "Example",
    (Server("pop.example.org", 995, "tls", ADDRESS),),
    (Server("smtp.example.org", 465, "tls", ADDRESS),),
    limit=10**9,
    interval=720,
)


def parse(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_options(parser)
    return parser.parse_args(words)


def finds(offer: Offer | None, *, no_pop3: bool = False) -> Callable[[str], Found]:
    return lambda _address: Found(offer, no_pop3=no_pop3)


def made(*words: str, old: Account | None = None, offer: Offer | None = OFFER) -> Account:
    return assemble(parse(*words), old, finds(offer))


def test_an_address_is_enough() -> None:
    account = made("--address", ADDRESS)
    assert (account.name, account.address) == (ADDRESS, ADDRESS)
    assert (account.pop3, account.smtp) == (OFFER.pop3[0], OFFER.smtp)
    assert (account.mailbox_limit, account.interval) == (10**9, 720)


def test_what_is_said_counts_more_than_what_was_found() -> None:
    account = made("--address", ADDRESS, "--name", "Work", "--pop3", "mail.example.org:110", "--limit", "500 MB",
                   "--keep", "14 days", "--interval", "15 min", "--full-name", "Ann")  # fmt: skip
    assert account.pop3 == Server("mail.example.org", 110, "starttls", ADDRESS)
    assert account.smtp == OFFER.smtp
    assert (account.name, account.full_name) == ("Work", "Ann")
    assert (account.mailbox_limit, account.keep_on_server, account.interval) == (500_000_000, 14, 900)


def test_with_both_servers_named_nobody_is_asked() -> None:
    def never(_address: str) -> Found:
        raise AssertionError("no search was wanted")

    options = parse("--address", ADDRESS, "--pop3", "a.example.org", "--smtp", "[::1]:2525", "--smtp-security", "none")
    account = assemble(options, None, never)
    assert account.pop3 == Server("a.example.org", 995, "tls", ADDRESS)
    assert account.smtp == (Server("::1", 2525, "none", ADDRESS),)


@pytest.mark.parametrize(
    ("words", "server"),
    [
        (["--pop3", "h.example"], Server("h.example", 995, "tls", ADDRESS)),
        (["--pop3", "h.example:995"], Server("h.example", 995, "tls", ADDRESS)),
        (["--pop3", "h.example:1100"], Server("h.example", 1100, "tls", ADDRESS)),
        (["--pop3", "h.example", "--pop3-security", "starttls"], Server("h.example", 110, "starttls", ADDRESS)),
        (["--pop3", "localhost:1", "--pop3-security", "none"], Server("localhost", 1, "none", ADDRESS)),
        (["--pop3-user", "me"], Server("pop.example.org", 995, "tls", "me")),
        (["--pop3-auth", "cram-md5"], Server("pop.example.org", 995, "tls", ADDRESS, "cram-md5")),
    ],
)  # fmt: skip
def test_the_receiving_server(words: list[str], server: Server) -> None:
    assert made("--address", ADDRESS, *words).pop3 == server


def test_an_account_is_changed_in_what_is_said_only() -> None:
    old = Account("Work", ADDRESS, OFFER.pop3[0], OFFER.smtp, mailbox_limit=5, keep_on_server=7, sound=True)
    account = made("Work", "--pop3", "new.example.org", "--keep", "never", old=old, offer=None)
    assert account.pop3.host == "new.example.org"
    assert account.smtp == old.smtp
    assert (account.mailbox_limit, account.keep_on_server, account.sound) == (5, 0, True)


def test_what_was_set_can_be_taken_back() -> None:
    old = Account("Work", ADDRESS, OFFER.pop3[0], keep_on_server=7, mailbox_limit=5)
    account = made("Work", "--keep", "always", "--limit", "", old=old)
    assert (account.keep_on_server, account.mailbox_limit) == (None, None)


def test_a_provider_without_pop3_is_refused_in_plain_words() -> None:
    with pytest.raises(UseError, match="no POP3"):
        assemble(parse("--address", "ann@icloud.com"), None, finds(None, no_pop3=True))


def test_no_server_at_all_is_said() -> None:
    with pytest.raises(UseError, match="--pop3"):
        made("--address", ADDRESS, offer=None)


def test_a_missing_network_is_said_and_no_obstacle_to_who_knows_the_server() -> None:
    offline = Found(None, offline=True)
    with pytest.raises(UseError, match="could be reached"):
        assemble(parse("--address", ADDRESS), None, lambda _address: offline)
    options = parse("--address", ADDRESS, "--pop3", "pop.example.org")
    assert assemble(options, None, lambda _address: offline).pop3.host == "pop.example.org"


def test_a_password_in_the_clear_must_be_wanted_twice() -> None:
    words = ["--address", ADDRESS, "--pop3", "h.example", "--pop3-security", "none", "--no-smtp"]
    with pytest.raises(UseError, match="unencrypted"):
        made(*words)
    assert made(*words, "--allow-plaintext").pop3.may_speak_plainly


@pytest.mark.parametrize(
    "words", [["--limit", "lots"], ["--interval", "1 s"], ["--pop3", "a b"], ["--pop3", "h:99999"], ["--keep", "x"],
              ["--pop3-security", "maybe"], ["--password", "geheim"]],
)  # fmt: skip
def test_wrong_options_are_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse("--address", ADDRESS, *words)
    assert words[0] in capsys.readouterr().err


# --- the command -------------------------------------------------------------------------------------------------


@pytest.fixture
def where(tmp_path: Path) -> Places:
    return Places(tmp_path / "home", tmp_path / "home")


def run(where: Places, *words: str) -> int:
    return commands.run(parse(*words), where)


NAMED = ["--address", ADDRESS, "--pop3", "pop.example.org", "--no-smtp", "--no-test"]


def test_an_account_is_saved_for_its_owner_only(where: Places) -> None:
    assert run(where, *NAMED, "--name", "Work", "--no-password") == 0
    assert load(where.config).accounts[0].name == "Work"
    assert stat.S_IMODE(where.config.stat().st_mode) == 0o600


def test_a_second_account_of_the_same_name_is_refused(where: Places, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(where, *NAMED, "--no-password") == 0
    assert run(where, *NAMED, "--no-password") == 2
    assert "already" in capsys.readouterr().err
    assert len(load(where.config).accounts) == 1


def test_a_command_takes_the_place_of_the_password(where: Places) -> None:
    assert run(where, *NAMED, "--pop3-password-command", "pass show mail") == 0
    assert load(where.config).accounts[0].pop3.password_command == "pass show mail"


def test_without_a_terminal_nobody_is_asked(
    where: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("geheim\n"))
    assert run(where, *NAMED) == 2
    assert "--password-stdin" in capsys.readouterr().err
    assert not where.config.exists()


def test_an_empty_password_is_none(where: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))
    assert run(where, *NAMED, "--password-stdin") == 2
    assert not where.config.exists()


def test_a_password_in_another_encoding_is_refused_and_not_repeated(
    where: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"geh\xe4im\n"), encoding="utf-8"))
    assert run(where, *NAMED, "--password-stdin") == 2
    said = capsys.readouterr().err
    assert "UTF-8" in said
    assert "geh" not in said
    assert not where.config.exists()


def test_without_a_store_nothing_is_saved_and_the_remedy_is_named(
    where: Places, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setattr(sys, "stdin", io.StringIO("geheim\n"))
    assert run(where, *NAMED, "--password-stdin") == 3
    said = capsys.readouterr()
    assert "password_command" in said.err
    assert "geheim" not in said.err + said.out
    assert not where.config.exists()


def test_an_account_is_changed_and_removed(where: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    run(where, *NAMED, "--no-password", "--name", "Work")
    assert run(where, "Work", "--limit", "1 GB", "--no-password", "--no-test") == 0
    assert load(where.config).accounts[0].mailbox_limit == 10**9
    assert run(where, "--remove", "Home") == 2
    assert run(where, "--remove", "Work") == 0
    assert load(where.config).accounts == ()


# --- moving ------------------------------------------------------------------------------------------------------


def test_accounts_come_over_from_thunderbird_once(
    where: Places, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(profile(tmp_path / "tb"))
    assert run(where, "--import-thunderbird", folder) == 0
    assert [a.name for a in load(where.config).accounts] == ["Work", "ann@hotmail.example"]
    assert "password" in capsys.readouterr().out
    assert run(where, "--import-thunderbird", folder) == 0
    assert len(load(where.config).accounts) == 2
    assert "already" in capsys.readouterr().out


def test_a_folder_without_a_profile_is_named(where: Places, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(where, "--import-thunderbird", str(tmp_path)) == 2
    assert "prefs.js" in capsys.readouterr().err


def test_settings_go_out_and_come_back(where: Places, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(where, *NAMED, "--no-password", "--name", "Work", "--limit", "1 GB")
    with where.config.open("a") as file:
        file.write("# a note of my own\n")
    assert run(where, "--export", str(tmp_path / "out.toml")) == 0
    assert "# a note of my own" in (tmp_path / "out.toml").read_text()
    other = Places(tmp_path / "other", tmp_path / "other")
    assert run(other, "--import", str(tmp_path / "out.toml")) == 0
    assert load(other.config).accounts == load(where.config).accounts
    assert run(other, "--import", str(tmp_path / "nowhere.toml")) == 2


def test_a_name_in_use_gets_a_number(where: Places) -> None:
    one = Account("Work", ADDRESS, Server("a.example.org", 995, "tls", "ann"))
    other = Account("Work", ADDRESS, Server("b.example.org", 995, "tls", "ann"))
    moving.take_over(where, [one])
    assert [a.name for a in moving.take_over(where, [other]).added] == ["Work 2"]
