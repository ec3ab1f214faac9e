"""Ids name their kind, are told from anything else, and sort by time."""

import pytest

from storage.ids import OWNER, PRICE_CHANGE, PROPERTY, is_id, new_id, prefix_of

KINDS = [OWNER, PROPERTY, PRICE_CHANGE]


@pytest.mark.parametrize("kind", KINDS)
def test_an_id_names_its_kind(kind: str) -> None:
    made = new_id(kind)
    assert prefix_of(made) == kind
    assert [is_id(other, made) for other in KINDS] == [other == kind for other in KINDS]


def test_ids_of_one_process_rise() -> None:
    made = [new_id(OWNER) for _ in range(5000)]
    assert made == sorted(set(made))


ZEROS = "0" * 26
STRANGE = ["", "_", "owner", "owner_", "owner_1", ZEROS, f"OWNER_{ZEROS}", f"owner__{ZEROS}"]
NEARLY = [
    f"owner_8{ZEROS[1:]}",
    f"owner_{ZEROS[1:]}u",
    f"owner_{ZEROS}\n",
    f"owner_{ZEROS}0",
    f"{'a' * 64}_{ZEROS}",
    "owner_" + "٠" * 26,
]


def test_an_id_of_another_kind_is_none_of_an_owner() -> None:
    assert prefix_of(f"house_{ZEROS}") == "house"
    assert not is_id(OWNER, f"house_{ZEROS}")


@pytest.mark.parametrize("text", [*STRANGE, *NEARLY])
def test_whatever_else_is_no_id(text: str) -> None:
    assert prefix_of(text) is None
    assert not is_id(OWNER, text)
