"""What an answer is encoded to."""

import pytest

from executor._rows.assembly import row_class
from server.http.response import encode


class Text(str):
    pass


class Number(int):
    pass


def test_rows_are_objects_under_their_keys_in_their_order() -> None:
    row = row_class(("class", "id", "__typename"))
    assert encode({"rows": [row("a", None, "b")]}) == b'{"rows":[{"class":"a","id":null,"__typename":"b"}]}'


def test_classes_of_texts_and_numbers_are_what_they_extend() -> None:
    assert encode([Text("é"), Number(2**40)]) == '["é",1099511627776]'.encode()


def test_what_has_no_json_is_an_error() -> None:
    with pytest.raises(TypeError, match="object has no JSON"):
        encode([object()])
