"""The listings of the demo data, each with its price changes."""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

from storage import ids
from storage.demo.chance import Chance
from storage.demo.city import CITIES, City
from storage.demo.owner import LAST_TIME, Seller
from storage.record import Status
from storage.transfer.row import PriceChangeRow, PropertyRow

# The statuses of a listing in their order, and the percentage of listings with these.
_FATES = {
    (Status.ACTIVE,): 72,
    (Status.DRAFT,): 3,
    (Status.DRAFT, Status.ACTIVE): 4,
    (Status.ACTIVE, Status.PENDING): 6,
    (Status.ACTIVE, Status.PENDING, Status.SOLD): 9,
    (Status.ACTIVE, Status.PENDING, Status.ACTIVE): 2,
    (Status.ACTIVE, Status.WITHDRAWN): 4,
}
_BEDROOMS = {0: 9, 1: 24, 2: 30, 3: 21, 4: 10, 5: 4, 6: 2}


def build_listings(chance: Chance, count: int, sellers: Sequence[Seller]) -> Iterator[PropertyRow | PriceChangeRow]:
    """This number of listings, each followed by its price changes."""
    weights = list(accumulate(seller.weight for seller in sellers))
    city_weights = list(accumulate(city.weight for city in CITIES))
    for _ in range(count):
        seller = chance.choices(sellers, cum_weights=weights)[0]
        at_home = chance.happens(0.9)
        city = seller.city if at_home else chance.choices(CITIES, cum_weights=city_weights)[0]
        created_at = chance.randrange(seller.created_at, LAST_TIME)
        id = chance.id(ids.PROPERTY, created_at)
        fields = _describe(chance, city)
        fate = chance.choices(list(_FATES), list(_FATES.values()))[0]
        steps = _steps(chance, fate, created_at)
        changes = list(_history(chance, id, fields["price"], fate[0], steps))
        if changes:
            fields["price"] = changes[-1].new_price
        yield PropertyRow.saying(
            id=id,
            reference=f"demo-{id[-10:]}" if chance.happens(0.9) else None,
            version=1 + len(changes),
            status=fate[-1],
            owner_id=seller.id,
            created_at=created_at,
            updated_at=changes[-1].changed_at if changes else created_at,
            **fields,
        )
        yield from changes


def _steps(chance: Chance, fate: Sequence[Status], created_at: int) -> list[tuple[int, Status | None]]:
    """The time of each change, and the new status, or None for a price cut."""
    moves: list[Status | None] = list(fate[1:])
    cuts: list[Status | None] = [None] * chance.choices((0, 1, 2, 3), (70, 20, 8, 2))[0]
    if fate == (Status.DRAFT,):
        cuts = []
    steps = moves + cuts if fate[0] == Status.DRAFT else cuts + moves
    times = sorted(chance.randrange(created_at, LAST_TIME) for _ in steps)
    return list(zip(times, steps, strict=True))


def _history(
    chance: Chance, property_id: str, price: int, status: Status, steps: Sequence[tuple[int, Status | None]]
) -> Iterator[PriceChangeRow]:
    for time, step in steps:
        new_status = step or status
        new_price = _rounded(price * chance.uniform(0.9, 0.98)) if step is None else price
        yield PriceChangeRow.saying(
            id=chance.id(ids.PRICE_CHANGE, time),
            property_id=property_id,
            old_price=price,
            new_price=new_price,
            old_status=status,
            new_status=new_status,
            changed_at=time,
        )
        price, status = new_price, new_status


def _describe(chance: Chance, city: City) -> dict[str, Any]:
    bedrooms = chance.choices(list(_BEDROOMS), list(_BEDROOMS.values()))[0]
    area = round((30 + 24 * bedrooms) * chance.uniform(0.8, 1.35), 1)
    number = f"{chance.randint(1, 160)}{chance.choice('abc') if chance.happens(0.08) else ''}"
    street = chance.choice(city.country.streets)
    latitude, longitude = (round(chance.gauss(middle, 0.02), 6) for middle in (city.latitude, city.longitude))
    is_placed = chance.happens(0.96)
    return {
        "address": city.country.address.format(street=street, number=number, door=chance.randint(1, 9)),
        "city": city.name,
        "region": city.region if chance.happens(0.97) else None,
        "postal_code": chance.digits(city.postal_code) if chance.happens(0.97) else None,
        "price": _rounded(area * city.price * chance.lognormvariate(0, 0.22)),
        "bedrooms": bedrooms if chance.happens(0.95) else None,
        "bathrooms": chance.choice((1.0, 1.0, 1.5, 2.0)) + bedrooms // 3 if chance.happens(0.93) else None,
        "area": area if chance.happens(0.97) else None,
        "latitude": latitude if is_placed else None,
        "longitude": longitude if is_placed else None,
    }


def _rounded(price: float) -> int:
    step = 500 if price < 200_000 else 1000 if price < 800_000 else 5000
    return max(step, round(price / step) * step)
