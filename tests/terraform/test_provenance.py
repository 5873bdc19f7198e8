"""Who deployed a component, and in which order components came."""

from __future__ import annotations

from pathlib import Path

from mermaid_flow.terraform import provenance
from mermaid_flow.terraform.provenance import Provenance


def test_a_component_may_need_what_was_there_before_it() -> None:
    network, database, cache = (Provenance((), begin, end) for begin, end in ((1, 2), (2, 5), (3, 4)))
    assert database.may_need(network)
    assert cache.may_need(network)
    assert not network.may_need(database)
    assert not cache.may_need(database) and not database.may_need(cache)


def test_nothing_can_need_what_never_came_to_an_end() -> None:
    assert not Provenance((), 5, 6).may_need(Provenance((), 1))


def test_a_component_that_was_never_applied_has_none(tmp_path: Path) -> None:
    provenance.end(tmp_path)
    assert provenance.read(tmp_path) is None


def test_a_run_that_died_is_remembered_and_a_later_one_ends_what_it_began(tmp_path: Path) -> None:
    provenance.begin(tmp_path, ["acme/all"])
    begun = provenance.read(tmp_path)
    assert begun is not None and begun.ended is None
    provenance.begin(tmp_path, ["acme/other"])
    provenance.end(tmp_path)
    ended = provenance.read(tmp_path)
    assert ended is not None and ended.ended is not None
    assert (ended.owners, ended.began) == (("acme/all",), begun.began)


def test_the_region_of_the_last_apply_is_remembered(tmp_path: Path) -> None:
    provenance.begin(tmp_path, ["acme/all"], region="eu-west-1")
    provenance.begin(tmp_path, ["acme/all"], region="eu-west-2")
    known = provenance.read(tmp_path)
    assert known is not None and known.region == "eu-west-2"


def test_a_damaged_record_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / provenance.PROVENANCE_FILE).write_text("{")
    assert provenance.read(tmp_path) is None
