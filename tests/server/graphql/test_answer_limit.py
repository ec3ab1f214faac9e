"""The limit on the bytes of one answer."""

from tests.server.clients import bearer, running

QUERY = {"query": "{ currency __typename }"}
SIZE = len('{"data":{"currency":"EUR","__typename":"Query"}}')


async def test_an_answer_above_the_limit_is_an_error(sqlite_url: str) -> None:
    async with running(sqlite_url, answer_limit=SIZE) as client:
        assert (
            await client.post("/graphql", json=QUERY)
        ).content == b'{"data":{"currency":"EUR","__typename":"Query"}}'
    async with running(sqlite_url, answer_limit=SIZE - 1) as client:
        for response in (
            await client.post("/graphql", json=QUERY),
            await client.get("/graphql", params=QUERY),
        ):
            assert response.status_code == 400
            assert response.headers["cache-control"] == "no-store"
            assert response.json() == {
                "errors": [
                    {
                        "message": f"The answer has {SIZE} bytes, more than the {SIZE - 1} allowed. Ask for less.",
                        "extensions": {"code": "ANSWER_TOO_LARGE"},
                    }
                ]
            }


async def test_a_mutation_with_an_answer_above_the_limit_names_what_it_wrote(database_url: str) -> None:
    mutation = 'mutation { createOwner(input: {name: "A", email: "a@b.example"}) { owner { id name } } }'
    async with running(database_url, answer_limit=20) as client:
        response = await client.post("/graphql", json={"query": mutation}, headers=bearer("writer"))
        [error] = response.json()["errors"]
        assert response.status_code == 400
        assert error["extensions"]["code"] == "ANSWER_TOO_LARGE"
        [[owner_id]] = error["extensions"]["committed"].values()
        assert owner_id.startswith("owner_")
        assert "freehold-written" in response.headers
