"""mailto links: the examples of RFC 6068, and what strangers may write into one."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.outgoing.draft import Draft
from notifier.outgoing.mailto import NotMailtoError, parse


@pytest.mark.parametrize(
    ("url", "draft"),
    [
        # RFC 6068 §6
        ("mailto:chris@example.com", Draft(to="chris@example.com")),
        (
            "mailto:infobot@example.com?subject=current-issue",
            Draft(to="infobot@example.com", subject="current-issue"),
        ),
        (
            "mailto:infobot@example.com?body=send%20current-issue",
            Draft("", "infobot@example.com", text="send current-issue"),
        ),
        (
            "mailto:infobot@example.com?body=send%20current-issue%0D%0Asend%20index",
            Draft(to="infobot@example.com", text="send current-issue\nsend index"),
        ),
        (
            "mailto:list@example.org?In-Reply-To=%3C3469A91.D10AF4C@example.com%3E",
            Draft(to="list@example.org", in_reply_to="<3469A91.D10AF4C@example.com>"),
        ),
        (
            "mailto:joe@example.com?cc=bob@example.com&body=hello",
            Draft(to="joe@example.com", cc="bob@example.com", text="hello"),
        ),
        ("mailto:?to=joe@example.com&cc=bob@example.com", Draft(to="joe@example.com", cc="bob@example.com")),
        ("mailto:gorby%25kremvax@example.com", Draft(to="gorby%kremvax@example.com")),
        ("mailto:unlikely%3Faddress@example.com?blat=foop", Draft(to="unlikely?address@example.com")),
        ("mailto:%22not%40me%22@example.org", Draft(to='"not@me"@example.org')),
        ("mailto:user@example.org?subject=caf%C3%A9", Draft(to="user@example.org", subject="café")),
        (
            "mailto:user@example.org?subject=%3D%3Futf-8%3FQ%3Fcaf%3DC3%3DA9%3F%3D",
            Draft(to="user@example.org", subject="=?utf-8?Q?caf=C3=A9?="),
        ),
        ("mailto:user@%E7%B4%8D%E8%B1%86.example.org", Draft(to="user@納豆.example.org")),
        # what else is met
        ("MAILTO:a@x.org", Draft(to="a@x.org")),
        ("mailto:a@x.org,b@x.org?to=c@x.org", Draft(to="a@x.org, b@x.org, c@x.org")),
        ("mailto:a@x.org?subject=a+b", Draft(to="a@x.org", subject="a+b")),
        ("mailto:a@x.org?subject=x&amp;body=y", Draft(to="a@x.org", subject="x", text="y")),
        ("mailto:a@x.org?body=one&body=two", Draft(to="a@x.org", text="one\ntwo")),
        ("mailto:a@x.org#top", Draft(to="a@x.org")),
        ("mailto:", Draft()),
    ],
)
def test_links(url: str, draft: Draft) -> None:
    assert parse(url) == draft


@pytest.mark.parametrize("url", ["", "chris@example.com", "http://x.org", "javascript:alert(1)", "--help", "mailto"])
def test_anything_else_is_not_a_mailto_link(url: str) -> None:
    with pytest.raises(NotMailtoError):
        parse(url)


@pytest.mark.parametrize("name", ["attach", "attachment", "Attach", "from", "x-header", "content-type", "account"])
def test_a_link_can_attach_no_file_and_name_no_sender(name: str) -> None:
    assert parse(f"mailto:a@x.org?{name}=/etc/passwd") == Draft(to="a@x.org")


@pytest.mark.parametrize("field", ["to", "cc", "bcc", "subject", "in-reply-to"])
def test_no_field_can_begin_another_line(field: str) -> None:
    draft = parse(f"mailto:?{field}=a@x.org%0D%0ABcc:%20evil@x.org%0Ax%00y")
    for value in (draft.to, draft.cc, draft.bcc, draft.subject, draft.in_reply_to):
        assert not set(value) & set("\r\n\0")


def test_bytes_that_are_no_utf8_are_replaced() -> None:
    assert parse("mailto:a@x.org?subject=%ff%fe").subject == "\ufffd\ufffd"


@given(st.text())
def test_any_tail_gives_a_draft(tail: str) -> None:
    draft = parse("mailto:" + tail)
    assert draft.attachments == ()
    assert draft.account == ""
    (draft.to + draft.subject + draft.text).encode("utf-8")


@given(st.text(st.characters(exclude_categories=["C", "Z"])))
def test_what_is_quoted_comes_back(subject: str) -> None:
    assert parse(f"mailto:?subject={quote(subject, safe='')}").subject == subject
