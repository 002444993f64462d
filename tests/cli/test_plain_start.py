"""The start at login needs no parser, and means what the parser would have made of it."""

from __future__ import annotations

import pytest

from notifier.cli import _plain_start
from notifier.cli.parser import parser_for


@pytest.mark.parametrize("words", [[], ["run"], ["--home", "/x"], ["--home", "/x", "run"], ["--home", "run"]])
def test_means_what_the_parser_would_make_of_it(words: list[str]) -> None:
    plain = _plain_start(words)
    assert plain is not None
    assert vars(plain) == vars(parser_for(words).parse_args(words))


@pytest.mark.parametrize(
    "words", [["--home"], ["check"], ["-v"], ["run", "--no-tray"], ["--home", "/x", "demo"], ["run", "run"], ["--help"]]
)
def test_all_else_is_the_parsers(words: list[str]) -> None:
    assert _plain_start(words) is None
