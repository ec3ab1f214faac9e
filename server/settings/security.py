"""The settings of who may ask, for what, and how much. docs/reference/access.md and limits.md say what they are for."""

import re
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator, model_validator

from server.auth.issuer import check_jwks_url
from server.auth.tokens import parse_scopes, parse_tokens
from server.limits.document_limits import DocumentLimits
from server.settings.numbers import check_digits
from server.settings.origins import parse_origins
from server.settings.trusted_proxies import parse_proxies

Seconds = Annotated[float, Field(gt=0, le=3600)]
Count = Annotated[int, Field(ge=1, le=1_000_000)]


class SecuritySettings(BaseModel):
    """Part of `Settings`."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)  # deferred: only the whole is ever built

    tokens: SecretStr = Field(
        SecretStr(""),
        description="Bearer tokens as `name:scope+scope:SHA-256 in hex`, parted by blanks or commas; `freehold token`"
        " makes them.",
    )
    public: str | None = Field(
        None,
        description="The scopes of those who show no token, parted by blanks or commas, or `none`. By default `read`,"
        " but everything in an open demonstration. `read unpublished` shows drafts and withdrawn listings too.",
    )
    demonstration: bool = Field(
        False,
        description="`on` makes an open demonstration, as `make serve` does: everybody may do everything. For generated"
        " data on this machine alone; not with `FREEHOLD_PUBLIC`, `FREEHOLD_TOKENS` or `FREEHOLD_JWT_ISSUER`.",
    )
    jwt_issuer: str = Field("", description="Accept JSON Web Tokens whose `iss` is this.")
    jwt_audience: str = Field("", description="The `aud` that they must name.")
    jwt_jwks_url: str = Field("", description="Where the issuer publishes its keys (JWKS); https, or http on loopback.")
    jwt_algorithm: Literal["", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "HS256", "HS384", "HS512"] = Field(
        "",
        description="The one algorithm of RSA keys that name none, and of `FREEHOLD_JWT_KEY`. By default `RS256`, and"
        " `HS256` for a shared secret.",
    )
    jwt_scope_claims: tuple[str, ...] = Field(
        ("scope", "scp"),
        description="The claims that scopes are read from, parted by blanks or commas; dots lead into objects, as in"
        " `realm_access.roles`.",
    )
    jwt_scope_prefix: str = Field(
        "",
        description="What stands before each scope of Freehold's in such a claim, as `freehold:` in `freehold:read`.",
    )
    jwt_key: SecretStr = Field(
        SecretStr(""),
        description="In place of a JWKS: the issuer's public key in PEM, or a shared secret of at least 32 bytes.",
    )
    cors_origins: tuple[str, ...] = Field(
        (), description="Origins whose pages may ask from a browser, parted by blanks or commas, or `*`."
    )
    cors_headers: tuple[str, ...] = Field(
        (),
        description="Request headers that such pages may send besides the usual ones, parted by blanks or commas, or"
        " `*`.",
    )

    request_timeout: Seconds = Field(
        15.0, description="The deadline of a whole request, in seconds; when it passes its statements are cancelled."
    )
    rate_limit: int | None = Field(
        None,
        ge=0,
        description="The cost that each address may ask for in a minute without a token; 0 is no limit. By default"
        " 60,000, but no limit in an open demonstration.",
    )
    token_rate_limit: int = Field(
        300_000, ge=0, description="The cost that each token may ask for in a minute; 0 is no limit."
    )
    trusted_proxies: str = Field(
        "",
        description="Proxies whose `X-Forwarded-For` tells a caller's address: addresses or networks parted by commas,"
        " or `*`, which believes whoever connects. By default none.",
    )
    max_length: Count = Field(50_000, description="The most characters of a document.")
    max_tokens: Count = Field(2_000, description="The most tokens of a document, comments among them.")
    max_operations: Count = Field(10, description="The most operations of a document.")
    max_root_fields: Count = Field(20, description="The most root fields of an operation.")
    max_fields: Count = Field(
        600,
        description="The most fields and fragments of a document, those of a fragment counted wherever it is spread and"
        " once by itself.",
    )
    max_repeats: Count = Field(
        5_000, description="The most pairs of fields that have one response name in one selection."
    )
    max_depth: Count = Field(15, description="The most levels of fields, introspection apart.")
    max_introspection_depth: Count = Field(
        16, description="The most levels of fields of introspection; of lists among them graphql-core allows two."
    )
    max_aliases: Count = Field(30, description="The most aliases of a document, fragments counted wherever spread.")
    max_directives: Count = Field(30, description="The most directives of a document.")
    max_values: Count = Field(20_000, description="The most values in the variables of an operation.")
    max_cost: Count = Field(5_000, description="The greatest cost of an operation.")
    introspection: bool = Field(True, description="Let the schema be asked for.")
    suggestions: bool | None = Field(
        None,
        description="Suggest names in errors, `Did you mean …?`. By default only in an open demonstration.",
    )

    trusted_documents: str = Field(
        "", description="A file of the documents that clients may ask for, as Relay's or Apollo's tools write it."
    )
    trusted_documents_mode: Literal["enforce", "log"] = Field(
        "enforce", description="What becomes of a document that is not in the file: refused, or answered and logged."
    )
    apq: bool = Field(True, description="Let clients register documents by hash (automatic persisted queries).")
    max_age: int = Field(
        0,
        ge=0,
        le=86_400,
        description="How long a cache may keep the answer to a GET by hash before it asks whether it still holds, in"
        " seconds.",
    )

    @field_validator("*", mode="before")
    @classmethod
    def _check_digits(cls, value: Any, info: ValidationInfo) -> Any:
        annotation = cls.model_fields[str(info.field_name)].annotation
        if isinstance(value, str):
            check_digits(value, {annotation, *get_args(annotation)})
        return value

    @field_validator("cors_origins", "cors_headers", "jwt_scope_claims", mode="before")
    @classmethod
    def _split_words(cls, value: Any) -> Any:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @field_validator("cors_origins")
    @classmethod
    def _check_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return parse_origins(value)

    @field_validator("cors_headers")
    @classmethod
    def _check_headers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for place, name in enumerate(value, start=1):
            if not re.fullmatch(r"[\w!#$%&'*+.^`|~-]+", name, re.ASCII) or (name == "*" and len(value) > 1):
                raise ValueError(f"entry {place}: expected the name of a header, such as x-request-id, or `*` alone")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _check_proxies(cls, value: str) -> str:
        return parse_proxies(value)

    @field_validator("tokens")
    @classmethod
    def _check_tokens(cls, value: SecretStr) -> SecretStr:
        parse_tokens(value.get_secret_value())
        return value

    @field_validator("jwt_key")
    @classmethod
    def _check_key(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            from server.auth.given_key import GivenKey

            GivenKey(value.get_secret_value())
        return value

    @field_validator("public")
    @classmethod
    def _check_public(cls, value: str | None) -> str | None:
        if value is None or value.strip() == "none":
            return value and value.strip()
        names = value.replace(",", " ").split()
        if not names:
            raise ValueError("expected scopes, or `none`")
        parse_scopes(names)
        return " ".join(names)

    @field_validator("jwt_jwks_url")
    @classmethod
    def _check_jwks_url(cls, value: str) -> str:
        if value:
            check_jwks_url(value)
        return value

    @model_validator(mode="after")
    def _check_jwt(self) -> "SecuritySettings":
        parts = (self.jwt_issuer, self.jwt_audience, self.jwt_jwks_url or self.jwt_key.get_secret_value())
        if any(parts) and not all(parts):
            raise ValueError(
                "FREEHOLD_JWT_ISSUER, FREEHOLD_JWT_AUDIENCE, and FREEHOLD_JWT_JWKS_URL or FREEHOLD_JWT_KEY"
                " are set together"
            )
        if self.jwt_jwks_url and self.jwt_key.get_secret_value():
            raise ValueError("FREEHOLD_JWT_JWKS_URL and FREEHOLD_JWT_KEY: set one of them")
        if self.jwt_key.get_secret_value() and self.jwt_algorithm:
            self._check_algorithm()
        return self

    @model_validator(mode="after")
    def _check_demonstration(self) -> "SecuritySettings":
        if self.demonstration and (deciding := self._deciding()):
            names = " and ".join(deciding)
            raise ValueError(f"FREEHOLD_DEMONSTRATION and {names}: either everybody may do everything, or you say who")
        return self

    def _check_algorithm(self) -> None:
        from server.auth.given_key import GivenKey

        try:
            GivenKey(self.jwt_key.get_secret_value(), self.jwt_algorithm)
        except ValueError as exc:
            raise ValueError(f"FREEHOLD_JWT_ALGORITHM and FREEHOLD_JWT_KEY: {exc}") from None

    def document_limits(self) -> DocumentLimits:
        """The settings that begin with `max_`."""
        return DocumentLimits(**{name: getattr(self, f"max_{name}") for name in DocumentLimits.__struct_fields__})

    @property
    def is_undecided(self) -> bool:
        """Whether nothing says who may ask. Then only this machine is answered; beyond loopback no server starts."""
        return not self._deciding()

    def _deciding(self) -> list[str]:
        """The variables that say who may ask."""
        said = {
            "FREEHOLD_PUBLIC": self.public is not None,
            "FREEHOLD_TOKENS": self.tokens.get_secret_value().strip(),
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
