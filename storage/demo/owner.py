"""The owners of the demo data: a few firms with many listings, and many people with one or two."""

import unicodedata
from collections.abc import Iterator

import msgspec

from storage import ids
from storage.demo.chance import Chance
from storage.demo.city import CITIES, City
from storage.transfer.row import OwnerRow

_FIRST_TIME = 1_685_577_600_000_000  # 2023-06-01
LAST_TIME = 1_780_272_000_000_000  # 2026-06-01
_MONTH = 30 * 86_400_000_000

_UNACCENTED = str.maketrans({"ß": "ss", "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ı": "i", "'": "", "&": "and"})


class Seller(msgspec.Struct, frozen=True):
    """The values of an owner that listings use. `weight` is the owner's relative number of listings."""

    id: str
    city: City
    created_at: int
    weight: float


def build_owners(chance: Chance, count: int) -> Iterator[tuple[OwnerRow, Seller]]:
    """This number of owners, in the order of their times."""
    weights = [city.weight for city in CITIES]
    # Early enough for the changes of their listings to be in the past.
    times = sorted(chance.randrange(_FIRST_TIME, LAST_TIME - _MONTH) for _ in range(count))
    for number, created_at in enumerate(times, 1):
        city = chance.choices(CITIES, weights)[0]
        is_firm = chance.happens(0.12)
        last = chance.choice(city.country.lasts)
        first = chance.choice(city.country.firsts)
        name = chance.choice(city.country.firms).format(last=last) if is_firm else f"{first} {last}"
        id = chance.id(ids.OWNER, created_at)
        row = OwnerRow.saying(
            id=id,
            reference=f"demo-{id[-10:]}",
            name=name,
            email=f"{_mailbox(name)}.{number}@example.{chance.choice(('com', 'net', 'org'))}",
            phone=chance.digits(city.country.phone) if chance.happens(0.85) else None,
            created_at=created_at,
        )
        weight = min(5 * chance.paretovariate(1.2), 80.0) if is_firm else 1 + chance.random()
        yield row, Seller(id, city, created_at, weight)


def _mailbox(name: str) -> str:
    plain = unicodedata.normalize("NFD", name.translate(_UNACCENTED)).encode("ascii", "ignore").decode()
    return ".".join(plain.lower().replace(".", "").split())
