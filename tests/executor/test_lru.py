"""The bounded mapping: what is evicted, and in which order."""

from executor._lru import LRU


def test_the_least_recently_used_entry_is_evicted_first() -> None:
    lru = LRU[str, int](3)
    for key in "abc":
        lru.put(key, 1)
    assert lru.get("a") == 1
    lru.put("d", 2)
    assert [lru.get(key) for key in "abcd"] == [1, None, 1, 2]


def test_replacing_a_value_makes_it_the_most_recent_and_counts_its_size_once() -> None:
    lru = LRU[str, int](10, 10)
    lru.put("a", 1, 4)
    lru.put("b", 2, 4)
    lru.put("a", 3, 5)
    assert lru.size == 9
    lru.put("c", 4, 2)
    assert [lru.get(key) for key in "abc"] == [3, None, 4]
    assert lru.size == 7


def test_an_entry_above_the_whole_size_is_not_kept_and_evicts_nothing() -> None:
    lru = LRU[str, int](10, 10)
    lru.put("a", 1, 10)
    lru.put("b", 2, 11)
    assert (lru.get("a"), lru.get("b"), len(lru)) == (1, None, 1)
    lru.put("a", 2, 11)
    assert (lru.get("a"), lru.size) == (None, 0)


def test_without_a_limit_of_size_the_number_of_entries_alone_counts() -> None:
    lru = LRU[str, int](2)
    for key in "abc":
        lru.put(key, 1, 10**9)
    assert [lru.get(key) for key in "abc"] == [None, 1, 1]
