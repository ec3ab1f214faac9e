"""The bounded mapping: what is evicted, and in which order."""

from server.recent import Recent


def test_the_least_recently_used_entry_is_evicted_first() -> None:
    recent = Recent[str, int](3)
    for key in "abc":
        recent.put(key, 1)
    assert recent.get("a") == 1
    recent.put("d", 2)
    assert [recent.get(key) for key in "abcd"] == [1, None, 1, 2]


def test_replacing_a_value_makes_it_the_most_recent_and_counts_its_size_once() -> None:
    recent = Recent[str, int](10, 10)
    recent.put("a", 1, 4)
    recent.put("b", 2, 4)
    recent.put("a", 3, 5)
    assert recent.size == 9
    recent.put("c", 4, 2)
    assert [recent.get(key) for key in "abc"] == [3, None, 4]
    assert recent.size == 7


def test_an_entry_above_the_whole_size_is_not_kept_and_evicts_nothing() -> None:
    recent = Recent[str, int](10, 10)
    recent.put("a", 1, 10)
    recent.put("b", 2, 11)
    assert (recent.get("a"), recent.get("b"), len(recent)) == (1, None, 1)
    recent.put("a", 2, 11)
    assert (recent.get("a"), recent.size) == (None, 0)
