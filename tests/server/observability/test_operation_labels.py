"""Names of operations among the figures."""

import pytest

from server.observability.operation_labels import OTHER, OperationLabels


def test_the_names_used_last_are_told_apart_and_those_forgotten_are_told_once() -> None:
    names = OperationLabels(2, forgets=True)
    assert [names.use(name) for name in ("a", "b", "a", "c")] == ["a", "b", "a", "c"]
    assert names.take_forgotten() == {"b"}
    assert names.take_forgotten() == set()


def test_a_name_that_comes_back_before_its_figures_were_dropped_keeps_them() -> None:
    names = OperationLabels(1, forgets=True)
    for name in ("a", "b", "a"):
        names.use(name)
    assert names.take_forgotten() == {"b"}


@pytest.mark.parametrize("name", ["b", "c"])
def test_where_nothing_can_be_forgotten_the_first_names_stay(name: str) -> None:
    names = OperationLabels(1, forgets=False)
    assert [names.use("a"), names.use(name), names.use("a")] == ["a", OTHER, "a"]
    assert names.take_forgotten() == set()
