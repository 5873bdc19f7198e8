from __future__ import annotations

from mermaid_flow.syntax.source import Source, Span


def test_positions_count_lines_and_columns_from_one_in_the_file() -> None:
    source = Source("ab\ncd\n", path="x.md", first_line=10, indent=4)
    assert source.position(0) == (10, 5)
    assert source.position(4) == (11, 6)
    assert source.position(6) == (12, 5)


def test_a_location_holds_its_line_and_draws_a_caret_under_the_place() -> None:
    location = Source("ab\r\n\tcde\r\nf").location(Span(6, 8))
    assert (location.line, location.column, location.end_line, location.end_column) == (2, 3, 2, 5)
    assert location.excerpt == "\tcde"
    assert location.caret() == "\tcde\n\t ^^"


def test_places_beyond_the_text_are_its_end() -> None:
    location = Source("ab").location((5, 9))
    assert (location.line, location.column, location.excerpt) == (1, 3, "ab")
