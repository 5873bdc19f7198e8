from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mermaid_flow.syntax.entities import decode_label


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("  plain words ", "plain words"),
        ("A double quote:#quot;", 'A double quote:"'),
        ("#9829; &hearts; &amp;", "♥ ♥ &"),
        # Mermaid takes the code out of the one in HTML.
        ("&#9829;", "&♥"),
        ("#35;1", "#1"),
        ("#nonsense; &nonsense; &", "&nonsense; &nonsense; &"),
        # A browser reads some codes without their `;`, and those of control characters.
        ("a &amp b &ltc &#65 &#x42 &#12345678", "a & b <c A B &#12345678"),
        ("#3;", "\x03"),
        ("&#x3 y", "\x03 y"),
        ("a<br>b<br/>c<BR />d</br>e", "a\nb\nc\nd\ne"),
        ("  a  \n   b", "a\nb"),
        ("<b>bold</b> <i class='x'>and</i> italic", "bold and italic"),
        ("a < b > c", "a < b > c"),
        ("<10 and >= 5", "<10 and >= 5"),
        ("#lt;b#gt;", "<b>"),
        ("a<!-- b -->c", "ac"),
        ("cut <off", "cut"),
        ("x<script>alert(1)</script>y<style>z", "xy"),
        ("<SCRIPT>a</script >b", "b"),
    ],
)
def test_a_label_reads_as_a_browser_shows_it(written: str, read: str) -> None:
    assert decode_label(written) == read


@given(st.text(st.sampled_from("a <>/#&;br\n12!-script"), max_size=60))
def test_any_label_can_be_read(text: str) -> None:
    decoded = decode_label(text)
    assert decoded == decoded.strip()
