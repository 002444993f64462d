"""Address lists in every form people paste, and what is wrong with the others."""

from __future__ import annotations

from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.outgoing.addresses import Problem, ascii_domain, check, explain, parse_list, readable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a@x.org", [("", "a@x.org")]),
        ("<a@x.org>", [("", "a@x.org")]),
        ("Ann <a@x.org>; b@y.org, ", [("Ann", "a@x.org"), ("", "b@y.org")]),
        ("Ann Example <a@x.org>\nBob <b@y.org>\r\n", [("Ann Example", "a@x.org"), ("Bob", "b@y.org")]),
        ('"Example, Ann" <a@x.org>, b@y.org', [("Example, Ann", "a@x.org"), ("", "b@y.org")]),
        ("Example, Ann <a@x.org>; Other, Bob <b@y.org>", [("Example, Ann", "a@x.org"), ("Other, Bob", "b@y.org")]),
        ("a@x.org b@y.org\tc@z.org", [("", "a@x.org"), ("", "b@y.org"), ("", "c@z.org")]),
        ("a@x.org (Ann Example)", [("Ann Example", "a@x.org")]),
        ("mailto:a@x.org", [("", "a@x.org")]),
        ("'Ann' <a@x.org>", [("Ann", "a@x.org")]),
        ('"Ann \\"A\\" E" <a@x.org>', [('Ann "A" E', "a@x.org")]),
        ("Ünal Öz <u@müller.example>", [("Ünal Öz", "u@xn--mller-kva.example")]),
        ("用户@例子.广告", [("", "用户@xn--fsqu00a.xn--4rr70v")]),
        ("a@x.org, A@X.org, Ann <a@x.org>", [("Ann", "a@x.org")]),
        ("a@STRASSE.example; a@straße.example", [("", "a@strasse.example"), ("", "a@xn--strae-oqa.example")]),
        ('"quoted local"@x.org', [("", '"quoted local"@x.org')]),
        ("a@[192.0.2.1]", [("", "a@[192.0.2.1]")]),
        ("O'Neil <o'neil+tag@x.org>", [("O'Neil", "o'neil+tag@x.org")]),
        ('"Ann <a@x.org>', [("Ann", "a@x.org")]),
        ("", []),
        (" ;, \n", []),
    ],
)
def test_lists_as_people_paste_them(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(m.name, m.address) for m in parse_list(text)] == expected
    assert all(m.problem is None for m in parse_list(text))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("ann", Problem.NO_AT),
        ("Ann Example", Problem.NO_AT),
        ("@x.org", Problem.NO_LOCAL),
        ("a@", Problem.NO_DOMAIN),
        ("a..b@x.org", Problem.BAD_LOCAL),
        (".a@x.org", Problem.BAD_LOCAL),
        ("a b@x.org", Problem.BAD_LOCAL),
        ("a\x00b@x.org", Problem.BAD_LOCAL),
        ("a\u202eb@x.org", Problem.BAD_LOCAL),
        ("a@x..org", Problem.BAD_DOMAIN),
        ("a@-x.org", Problem.BAD_DOMAIN),
        ("a@x_y.org", Problem.BAD_DOMAIN),
        ("a@" + "x" * 64 + ".org", Problem.BAD_DOMAIN),
        ("a" * 65 + "@x.org", Problem.TOO_LONG),
        ("Ann <a@x.org", Problem.OPEN_ENDED),
        ('"Ann', Problem.OPEN_ENDED),
    ],
)
def test_what_is_no_address_says_why(text: str, problem: Problem) -> None:
    (entry,) = parse_list(text)
    assert entry.problem == problem
    assert text.strip()[:20] in explain(entry)


def test_a_stray_quote_does_not_swallow_the_rest_of_the_list() -> None:
    entries = parse_list('"Ann <a@x.org>\nb@y.org\nc@z.org')
    assert [e.address for e in entries] == ["a@x.org", "b@y.org", "c@z.org"]


def test_a_domain_without_a_dot_is_doubted_but_not_refused() -> None:
    assert check("ann@gmail").doubt == Problem.ONE_LABEL
    assert check("ann@gmail").problem is None
    assert check("ann@localhost").doubt is None


@given(st.text(max_size=80))
def test_any_text_gives_entries_and_no_exception(text: str) -> None:
    for entry in parse_list(text):
        if entry.problem is None:
            assert "\r" not in entry.address
            assert "\n" not in entry.address
            assert " " not in entry.address or '"' in entry.address
            assert entry.address.rpartition("@")[2].isascii()
            assert not set(entry.name) & set("\r\n\0")
        else:
            assert explain(entry)


@given(st.lists(st.tuples(st.text(max_size=20), st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.org", fullmatch=True))))
def test_what_is_shown_can_be_read_back(people: list[tuple[str, str]]) -> None:
    typed = [check(address, name=" ".join(name.split())) for name, address in people]
    clean = [m for m in typed if m.name.isprintable() and not m.name.startswith(("'", '"'))]
    first = {m.address: m for m in reversed(clean)}
    again = {m.address: m for m in parse_list(", ".join(m.shown for m in clean))}
    assert again.keys() == first.keys()


@pytest.mark.parametrize("domain", ["müller.example", "straße.example", "例子.广告", "x.org"])
def test_a_domain_survives_the_way_to_the_wire_and_back(domain: str) -> None:
    wire = ascii_domain(domain)
    assert wire is not None
    assert wire.isascii()
    assert readable(f"a@{wire}") == f"a@{domain}"
    assert parseaddr(f"a@{wire}")[1] == f"a@{wire}"


def test_a_domain_that_only_looks_decoded_stays_as_it_is() -> None:
    assert readable("a@xn--a.example") == "a@xn--a.example"
    assert readable("a@xn--\x00.example") == "a@xn--\x00.example"
