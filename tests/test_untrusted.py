"""Text from outside, made safe to show: what is dropped, what is kept, and that nothing harmful is left."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.untrusted import clean

JOINERS = "\u200c\u200d"  # Persian words and many emoji need them


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("plain words", "plain words"),
        ("Grüße, 北京, ελληνικά", "Grüße, 北京, ελληνικά"),
        ("two\r\nlines\tand\x00a\x1bcontrol", "two lines and a control"),
        ("  much \u00a0 \u3000 room  ", "much room"),
        ("exe.\u202egpj", "exe.gpj"),
        ("private \ue000\U000f0000 unassigned \U000e0fff", "private unassigned"),
        ("half a pair \ud800!", "half a pair !"),
        ("soft\u00adhyphen", "softhyphen"),
        ("می\u200cخواهم 👩\u200d💻", "می\u200cخواهم 👩\u200d💻"),
        (b"octets \xff\xfe", "octets \ufffd\ufffd"),
    ],
)
def test_clean(text: str | bytes, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(st.text(st.characters(), max_size=300), st.integers(2, 250))
def test_nothing_harmful_is_left(text: str, limit: int) -> None:
    cleaned = clean(text, limit)
    assert len(cleaned) <= limit
    assert cleaned == " ".join(cleaned.split())
    harmful = {"Cc", "Cs", "Co", "Cn", "Cf", "Zl", "Zp"}
    assert not [c for c in cleaned if unicodedata.category(c) in harmful and c not in JOINERS]
    assert clean(cleaned, limit) == cleaned


@given(st.text(st.characters(), max_size=60))
def test_harmless_characters_stay(text: str) -> None:
    """Text that needs no look at the table of all characters is treated like the rest."""
    kept = [c for c in text if unicodedata.category(c)[0] in "LNPSM"]
    assert [c for c in clean(text) if unicodedata.category(c)[0] in "LNPSM"] == kept
