import itertools

import pytest

from mermaid_flow.engine.events import EdgeStatus, NodeStatus
from mermaid_flow.render.looks import APPEARANCES, BOXES, LINES, SIGNS, WORDS, Look, arrow_statuses, look_of, node_look
from tests.render.recorded import recorded


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_every_state_has_a_style_a_sign_and_words():
    for table in (BOXES, SIGNS, WORDS, APPEARANCES):
        assert set(table) == set(Look)
    assert set(LINES) == set(EdgeStatus)
    assert {look_of(status) for status in NodeStatus} == set(Look) - {Look.NOTHING_TO_DO}


@pytest.mark.parametrize("look", Look)
def test_text_in_boxes_can_be_read(look):
    assert contrast(BOXES[look].color, BOXES[look].fill) >= 4.5


@pytest.mark.parametrize("paper", ["#ffffff", "#0d1117", "#1f2020"])
@pytest.mark.parametrize("status", EdgeStatus)
def test_arrows_can_be_seen_on_white_and_on_dark_pages(status, paper):
    assert contrast(LINES[status].stroke, paper) >= 3


def test_states_differ_in_more_than_colour():
    for one, other in itertools.combinations(Look, 2):
        first, second = BOXES[one], BOXES[other]
        brightness = abs(luminance(first.fill) - luminance(second.fill))
        assert (first.width, first.dash) != (second.width, second.dash) or brightness > 0.2, (one, other)


def test_not_chosen_and_not_reached_look_different():
    record = recorded("A{q} -->|yes| B --> C\nA -->|no| D", {"B": {"fail": "boom"}})
    looks = {node.id: node_look(node) for node in record.nodes.values()}
    assert looks == {"A": Look.SUCCEEDED, "B": Look.FAILED, "C": Look.NOT_REACHED, "D": Look.SKIPPED}
    assert BOXES[Look.SKIPPED].dash
    assert not BOXES[Look.NOT_REACHED].dash
    assert BOXES[Look.SKIPPED].fill != BOXES[Look.NOT_REACHED].fill


def test_a_node_that_skipped_its_work_shows_it_only_when_it_succeeded():
    assert look_of(NodeStatus.SUCCEEDED, "no subnets") is Look.NOTHING_TO_DO
    assert look_of(NodeStatus.RUNNING, "no subnets") is Look.RUNNING


def test_arrows_say_whether_they_were_taken():
    record = recorded("A{q} -->|yes| B --> C --> D\nA -->|no| E -.-> D\nB --- F", {"B": {"fail": "boom"}})
    statuses = arrow_statuses(record)
    assert statuses[0] is EdgeStatus.TAKEN
    assert statuses[1] is EdgeStatus.FAILED
    assert statuses[2] is EdgeStatus.PENDING, "only the arrow out of the failure is as loud as it"
    assert statuses[3] is EdgeStatus.SKIPPED
    assert 5 not in statuses, "a line without an arrow head takes no part"


def test_an_arrow_to_a_subgraph_shows_the_best_of_what_it_stands_for():
    record = recorded("A --> S\nsubgraph S\nB\nC\nend", {"B": {"fail": "boom"}})
    assert arrow_statuses(record) == {0: EdgeStatus.TAKEN}
