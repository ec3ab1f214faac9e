"""Rates over HTTP: headers, 429, and who is whose caller."""

import asyncio
import hashlib
from typing import Any

import httpx
import pytest

from server.settings.secret import Secret
from tests.redis_server import RedisServer
from tests.server.auth.issuer import AUDIENCE, ISSUER, issuing
from tests.server.clients import bearer, running
from tests.server.process import serving

PAGE = {"query": "{ owners(first: 100) { nodes { id } } }"}  # costs 102; as a new document 12 more
POINT = {"query": "{ currency }"}
DIGEST = hashlib.sha256(POINT["query"].encode()).hexdigest()


async def test_an_address_that_spent_its_rate_is_told_when_to_come_back(sqlite_url: str) -> None:
    async with running(sqlite_url, rate_limit=300) as client:
        first = await client.post("/graphql", json=PAGE)
        assert first.headers["ratelimit-policy"] == '"address";q=300;w=60'
        assert first.headers["ratelimit"].startswith('"address";r=186;t=23')
        await client.post("/graphql", json=PAGE)
        refused = await client.post("/graphql", json=PAGE)
        assert refused.status_code == 429
        assert refused.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
        assert "data" not in refused.json()
        assert 1 <= int(refused.headers["retry-after"]) <= 4
        assert (await client.post("/graphql", json=POINT)).status_code == 200
        holder = await client.post("/graphql", json=PAGE, headers=bearer("reader"))
        assert holder.headers["ratelimit-policy"] == '"token";q=300000;w=60'


async def test_documents_that_are_refused_are_not_free(sqlite_url: str) -> None:
    async with running(sqlite_url, rate_limit=2000) as client:
        codes = [
            (await client.post("/graphql", json={"query": "{ nothing }" + "#" * 10_000 + str(n)})).status_code
            for n in range(12)
        ]
        assert codes[:9] == [200] * 9
        assert codes[-1] == 429


@pytest.mark.parametrize(
    "refused",
    [
        {"operationName": "B"},
        {"variables": {"n": [1] * 20_001}},
        {"variables": {"n": {"x" * 129: 1}}},
    ],
)
async def test_a_refused_operation_of_a_known_document_costs_ten(sqlite_url: str, refused: dict[str, Any]) -> None:
    async with running(sqlite_url, rate_limit=1000) as client:
        known = await client.post("/graphql", json=POINT)
        answer = await client.post("/graphql", json=POINT | refused)
        assert answer.json()["errors"]
        left = [int(each.headers["ratelimit"].split("r=")[1].split(";")[0]) for each in (known, answer)]
        assert left[0] - left[1] in (9, 10)  # the bucket refills meanwhile


async def test_guessing_tokens_has_a_rate(sqlite_url: str) -> None:
    async with running(sqlite_url, rate_limit=1000) as client:
        statuses = [
            (await client.post("/graphql", json=POINT, headers=bearer(f"guess-{n}"))).status_code for n in range(12)
        ]
        assert statuses == [401] * 10 + [429] * 2
        assert (await client.post("/graphql", json=POINT, headers=bearer("reader"))).status_code == 200


async def test_a_static_token_and_a_subject_of_the_same_name_have_rates_of_their_own(sqlite_url: str) -> None:
    with issuing() as issuer:
        jwt: dict[str, Any] = {"jwt_issuer": ISSUER, "jwt_audience": AUDIENCE, "jwt_jwks_url": issuer.url}
        async with running(sqlite_url, token_rate_limit=130, **jwt) as client:
            for subject in ("reader", "token:reader", "x" * 300, "x" * 300 + "y", "\ud800", "a:*\r\n b@c.d"):
                headers = {"authorization": f"Bearer {issuer.sign(sub=subject)}"}
                statuses = [(await client.post("/graphql", json=PAGE, headers=headers)).status_code for _ in range(2)]
                assert statuses == [200, 429], subject[:20]
            statuses = [
                (await client.post("/graphql", json=PAGE, headers=bearer("reader"))).status_code for _ in range(2)
            ]
            assert statuses == [200, 429]


async def test_a_subject_that_no_response_can_hold_is_named_in_part(sqlite_url: str) -> None:
    with issuing() as issuer:
        jwt: dict[str, Any] = {"jwt_issuer": ISSUER, "jwt_audience": AUDIENCE, "jwt_jwks_url": issuer.url}
        async with running(sqlite_url, **jwt) as client:
            headers = {"authorization": f"Bearer {issuer.sign(sub='a' + chr(0xD800))}"}
            refused = await client.post(
                "/graphql", json={"query": 'mutation { deleteProperty(id: "x") { deletedId } }'}, headers=headers
            )
            assert refused.json()["errors"][0]["message"] == "This needs the scope `write`, which a?'s token lacks."


async def test_a_demonstration_has_no_limit_unless_it_is_set(sqlite_url: str) -> None:
    async with running(sqlite_url, tokens=Secret(""), demonstration=True) as client:
        assert "ratelimit" not in (await client.post("/graphql", json=POINT)).headers
    async with running(sqlite_url, tokens=Secret(""), demonstration=True, rate_limit=100) as client:
        assert "ratelimit" in (await client.post("/graphql", json=POINT)).headers


async def test_instances_with_one_redis_share_their_rates(sqlite_url: str, redis_server: RedisServer) -> None:
    settings: dict[str, Any] = {"cache_url": Secret(redis_server.url), "rate_limit": 300}
    async with running(sqlite_url, **settings) as one, running(sqlite_url, **settings) as other:
        await one.post("/graphql", json=PAGE)
        await other.post("/graphql", json=PAGE)
        assert (await one.post("/graphql", json=PAGE)).status_code == 429


@pytest.mark.parametrize(("proxies", "statuses"), [("127.0.0.1", {200}), ("", {200, 429})])
def test_a_forwarded_address_is_believed_of_trusted_proxies_alone(
    sqlite_url: str, proxies: str, statuses: set[int]
) -> None:
    settings = {"FREEHOLD_PUBLIC": "read", "FREEHOLD_RATE_LIMIT": "300", "FREEHOLD_TRUSTED_PROXIES": proxies}
    with serving(sqlite_url, **settings) as server, httpx.Client() as client:
        seen = {
            client.post(server.url, json=PAGE, headers={"x-forwarded-for": f"192.0.2.{n}"}).status_code
            for n in range(4)
        }
    assert seen == statuses


@pytest.mark.parametrize(("how", "losses"), [("restarted", 1), ("closed", 0)])
async def test_limits_and_persisted_queries_leave_redis_once_when_it_restarts_and_not_when_it_closes_connections(
    sqlite_url: str, redis_server: RedisServer, caplog: pytest.LogCaptureFixture, how: str, losses: int
) -> None:
    async def ask_at_once(client: httpx.AsyncClient) -> None:
        body = POINT | {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": DIGEST}}}
        answers = await asyncio.gather(*(client.post("/graphql", json=body) for _ in range(8)))
        assert {answer.status_code for answer in answers} == {200}

    async with running(sqlite_url, rate_limit=100_000, cache_url=Secret(redis_server.url)) as client:
        await ask_at_once(client)
        if how == "restarted":
            redis_server.stop()
            redis_server.start()
        else:
            redis_server.close_clients()
        await asyncio.sleep(0.01)  # the event loop reads that they are closed
        for _ in range(3):
            await ask_at_once(client)
    assert caplog.text.count("limits rates and keeps persisted queries by itself") == losses
