"""The settings of who may ask, for what, and how much. docs/reference/access.md and limits.md say what they are for."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from server.settings import rules
from server.settings.origins import parse_origins
from server.settings.secret import Secret
from server.settings.trusted_proxies import parse_proxies

Seconds = Annotated[float, Meta(gt=0, le=3600)]
Count = Annotated[int, Meta(ge=1, le=1_000_000)]


class SecuritySettings(msgspec.Struct, frozen=True, kw_only=True):
    """Part of `Settings`, annotated as `server.settings.values` says."""

    tokens: Annotated[
        Secret,
        "Bearer tokens as `name:scope+scope:SHA-256 in hex`, separated by blanks or commas; `freehold token`"
        " creates them.",
        rules.tokens,
    ] = Secret("")
    public: Annotated[
        str | None,
        "The scopes of callers without a token, separated by blanks or commas, or `none`. By default `read`,"
        " but everything in an open demonstration. `read unpublished` shows drafts and withdrawn listings too.",
        rules.public,
    ] = None
    demonstration: Annotated[
        bool,
        "An open demonstration, as `make serve` starts it: everybody on this machine may do everything. For"
        " generated data only; not with `FREEHOLD_PUBLIC`, `FREEHOLD_TOKENS` or `FREEHOLD_JWT_ISSUER`.",
    ] = False
    jwt_issuer: Annotated[str, "Accept JSON Web Tokens whose `iss` is this."] = ""
    jwt_audience: Annotated[str, "The `aud` that such tokens must contain."] = ""
    jwt_jwks_url: Annotated[
        str, "Where the issuer publishes its keys (JWKS); https, or http on loopback.", rules.jwt_jwks_url
    ] = ""
    jwt_algorithm: Annotated[
        Literal["", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "HS256", "HS384", "HS512"],
        "The algorithm of RSA keys without one of their own, and of `FREEHOLD_JWT_KEY`. By default `RS256`,"
        " and `HS256` for a shared secret.",
    ] = ""
    jwt_scope_claims: Annotated[
        tuple[str, ...],
        "The claims that scopes are read from, separated by blanks or commas; dots lead into objects, as in"
        " `realm_access.roles`.",
    ] = ("scope", "scp")
    jwt_scope_prefix: Annotated[
        str, "The prefix of Freehold's scopes in such a claim, such as `freehold:` in `freehold:read`."
    ] = ""
    jwt_key: Annotated[
        Secret,
        "Instead of a JWKS: the issuer's public key in PEM, or a shared secret of at least 32 bytes.",
        rules.jwt_key,
    ] = Secret("")
    cors_origins: Annotated[
        tuple[str, ...],
        "Origins whose pages may call the server from a browser, separated by blanks or commas, or `*`.",
        parse_origins,
    ] = ()
    cors_headers: Annotated[
        tuple[str, ...],
        "Request headers that such pages may send besides the usual ones, separated by blanks or commas, or `*`.",
        rules.cors_headers,
    ] = ()

    request_timeout: Annotated[
        Seconds, "The deadline of a whole request, in seconds; after it, its statements are cancelled."
    ] = 15.0
    rate_limit: Annotated[
        Annotated[int, Meta(ge=0)] | None,
        "The cost that each address may spend in a minute without a token; 0 is no limit. By default 60,000,"
        " but no limit in an open demonstration.",
    ] = None
    token_rate_limit: Annotated[int, Meta(ge=0), "The cost that each token may spend in a minute; 0 is no limit."] = (
        300_000
    )
    trusted_proxies: Annotated[
        str,
        "Proxies whose `X-Forwarded-For` is trusted: addresses or networks separated by commas, or `*`, which"
        " trusts everybody who connects. By default none.",
        parse_proxies,
    ] = ""
    max_length: Annotated[Count, "The maximum number of characters of a document."] = 50_000
    max_tokens: Annotated[Count, "The maximum number of tokens of a document, with comments."] = 2_000
    max_name: Annotated[
        Count,
        "The maximum number of characters of a name: of a field, an alias, an argument, a variable or an operation.",
    ] = 128
    max_operations: Annotated[Count, "The maximum number of operations of a document."] = 10
    max_root_fields: Annotated[Count, "The maximum number of root fields of an operation."] = 20
    max_fields: Annotated[
        Count,
        "The maximum number of fields and fragments of a document; those of a fragment count at each spread,"
        " and once by themselves.",
    ] = 600
    max_repeats: Annotated[
        Count, "The maximum number of pairs of fields with the same response name in one selection."
    ] = 5_000
    max_depth: Annotated[Count, "The maximum nesting of fields, apart from introspection."] = 15
    max_introspection_depth: Annotated[
        Count, "The maximum nesting of fields of introspection; graphql-core allows two nested lists."
    ] = 16
    max_aliases: Annotated[
        Count, "The maximum number of aliases of a document; those of a fragment count at each spread."
    ] = 30
    max_directives: Annotated[Count, "The maximum number of directives of a document."] = 30
    max_values: Annotated[Count, "The maximum number of values in the variables of an operation."] = 20_000
    max_cost: Annotated[Count, "The maximum cost of an operation."] = 5_000
    introspection: Annotated[bool, "Answer introspection queries."] = True
    suggestions: Annotated[
        bool | None, "Suggest names in errors, `Did you mean …?`. By default only in an open demonstration."
    ] = None

    trusted_documents: Annotated[
        str,
        "A file with the documents that clients may use, as Relay's, Apollo's or GraphQL Code Generator's"
        " tools write it.",
    ] = ""
    trusted_documents_mode: Annotated[
        Literal["enforce", "log"],
        "What happens to a document that is not in the file: it is refused, or answered and logged.",
    ] = "enforce"
    apq: Annotated[bool, "Let clients register documents by hash (automatic persisted queries)."] = True
    max_age: Annotated[
        int,
        Meta(ge=0, le=86_400),
        "How long a cache may keep the answer to a GET by hash before it must ask whether it still holds, in seconds.",
    ] = 0

    def check(self) -> None:
        """Raises ValueError for settings that exclude each other; it names them."""
        self._check_jwt()
        if self.demonstration and (deciding := self._deciding()):
            names = " and ".join(deciding)
            raise ValueError(f"FREEHOLD_DEMONSTRATION and {names}: either everybody may do everything, or you say who")

    def _check_jwt(self) -> None:
        parts = (self.jwt_issuer, self.jwt_audience, self.jwt_jwks_url or self.jwt_key.text)
        if any(parts) and not all(parts):
            raise ValueError(
                "FREEHOLD_JWT_ISSUER, FREEHOLD_JWT_AUDIENCE, and FREEHOLD_JWT_JWKS_URL or FREEHOLD_JWT_KEY"
                " are set together"
            )
        if self.jwt_jwks_url and self.jwt_key.text:
            raise ValueError("FREEHOLD_JWT_JWKS_URL and FREEHOLD_JWT_KEY: set one of them")
        if self.jwt_key.text and self.jwt_algorithm:
            self._check_algorithm()

    def _check_algorithm(self) -> None:
        from server.settings.jwt_key import choose_algorithm

        try:
            choose_algorithm(self.jwt_key.text, self.jwt_algorithm)
        except ValueError as exc:
            raise ValueError(f"FREEHOLD_JWT_ALGORITHM and FREEHOLD_JWT_KEY: {exc}") from None

    @property
    def is_undecided(self) -> bool:
        """Whether nothing says who may ask. Then only this machine is answered; beyond loopback no server starts."""
        return not self._deciding()

    def _deciding(self) -> list[str]:
        """The variables that say who may ask."""
        said = {
            "FREEHOLD_PUBLIC": self.public is not None,
            "FREEHOLD_TOKENS": self.tokens.text.strip(),
            "FREEHOLD_JWT_ISSUER": self.jwt_issuer,
        }
        return [variable for variable, is_set in said.items() if is_set]

    @property
    def suggests(self) -> bool:
        """Whether errors suggest names."""
        return self.demonstration if self.suggestions is None else self.suggestions

    @property
    def enforces_trusted_documents(self) -> bool:
        """Whether documents that are not in the manifest are refused."""
        return bool(self.trusted_documents) and self.trusted_documents_mode == "enforce"
