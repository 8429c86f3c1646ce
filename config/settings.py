"""The settings: from the environment, a `.env` file, or `proxenos.toml`, in this order of precedence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from rapidfuzz import fuzz, process

from config.languages import UI_LANGUAGES
from config.texts import texts

PREFIX = "PROXENOS_"

_USER_ID = re.compile(r"@[^\s:]+:[^\s/@]+")
_ROOM = re.compile(r"#[^\s:]+:[^\s/]+|![^\s:]+(:[^\s/]+)?")
_SERVER = re.compile(r"[A-Za-z0-9.\-]+(:\d{1,5})?|\[[0-9A-Fa-f:.]+\](:\d{1,5})?")


class SettingsError(Exception):
    """Settings that the program can't start with; its text has one line for each."""


def _web_address(value: str) -> str:
    address = urlsplit(value)
    if address.scheme not in ("http", "https") or not address.hostname or address.username or address.query:
        raise ValueError
    return value.rstrip("/")


def _matching(pattern: re.Pattern[str]) -> AfterValidator:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError
        return value

    return AfterValidator(check)


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError
    return value


def _prefix(value: str) -> str:
    if value.isalnum() or any(letter.isspace() for letter in value):
        raise ValueError
    return value


def _consent(value: str) -> str:
    if not all(texts(language).has(f"consent.text.{value}") for language in UI_LANGUAGES):
        raise ValueError
    return value


def _separate(value: object) -> object:
    """A list, or its items between commas."""
    if isinstance(value, str):
        return [item.strip() for item in value.split(",") if item.strip()]
    return value


def check_database_url(value: str) -> str:
    """The address of a database of a kind that there is; anything else is a ValueError."""
    if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValueError
    return value


class StorageSettings(BaseSettings):
    """What an operator can set about the database and the log: all that a look into the database needs.

    `StorageSettings(...)` and `Settings(...)` hold what they are given and look nowhere else; the functions
    below read the outside. A field's description says what is expected there.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    network_name: str = Field(default="Urban Diplomacy", min_length=1, description="the name of the network")
    data_dir: Path = Field(
        default=Path("data"), description="a folder for the database, the keys and the token"
    )
    database_url: Annotated[str, AfterValidator(check_database_url)] = Field(
        default="", repr=False, description="sqlite:///… or postgresql+psycopg://…"
    )

    log_format: Literal["console", "json"] = Field(default="console", description="console or json")
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value),
    ] = Field(default="info", description="debug, info, warning or error")

    @model_validator(mode="before")
    @classmethod
    def _database_in_data_dir(cls, values: Any) -> Any:
        values.setdefault("database_url", f"sqlite:///{values.get('data_dir', 'data')}/proxenos.db")
        return values

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is given; a test or a demo must not pick up the operator's files."""
        return (init_settings,)


class Settings(StorageSettings):
    """Everything an operator can set."""

    homeserver_url: Annotated[str, AfterValidator(_web_address)] = Field(
        description="the address of the homeserver, such as https://matrix.example.org"
    )
    user_id: Annotated[str, _matching(_USER_ID)] = Field(
        description="the bot's own Matrix id, such as @proxenos:example.org"
    )
    access_token: SecretStr | None = Field(
        default=None, description="the token of the device in PROXENOS_DEVICE_ID"
    )
    device_id: str | None = Field(default=None, description="the device that the access token belongs to")
    password: SecretStr | None = Field(
        default=None,
        validate_default=True,
        description="the bot's password, or PROXENOS_ACCESS_TOKEN together with PROXENOS_DEVICE_ID",
    )

    hub_room: Annotated[str, _matching(_ROOM)] | None = Field(
        default=None, description="the network's main room, such as #hub:example.org or !abc…"
    )
    review: bool = Field(
        default=False,
        description="true or false: whether a moderator approves practices before they are published",
    )
    review_room: Annotated[str, _matching(_ROOM)] | None = Field(
        default=None,
        description="the room in which moderators review practices, such as #moderators:example.org or !abc…",
    )
    command_prefix: Annotated[str, AfterValidator(_prefix)] = Field(
        default="!",
        min_length=1,
        max_length=5,
        description="1 to 5 characters without spaces, not only letters and digits",
    )
    default_language: Literal["en", "de"] = Field(default="en", description="en or de")
    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        default="Europe/Berlin", description="an IANA time zone, such as Europe/Berlin"
    )
    allowed_servers: Annotated[
        tuple[Annotated[str, _matching(_SERVER)], ...], NoDecode, BeforeValidator(_separate)
    ] = Field(
        default=(), description="names of servers with commas between them, such as example.org, example.com"
    )

    store_key: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="what the encryption keys in the database are encrypted with: at least 16 characters",
    )
    encrypt_direct_chats: bool = Field(
        default=True, description="true or false: whether direct chats that the bot begins are encrypted"
    )
    signed_devices_only: bool = Field(
        default=False,
        description="true or false: whether to encrypt only for devices that their owners have verified",
    )

    calendar_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="a port of this machine (127.0.0.1) on which the calendar of events can be fetched",
    )

    embedding_model: Path | None = Field(
        default=None, description="a folder with an ONNX model that finds practices by their meaning"
    )

    gap_max_age_days: int = Field(
        default=14,
        ge=0,
        description="how many days back to read what was said while the bot was away: 0 or more",
    )
    keep_messages_days: int = Field(
        default=30, ge=1, le=30, description="how many days to keep messages to the bot: 1 to 30"
    )
    sender_limit: int = Field(
        default=120, ge=0, description="how many messages a minute the bot reads of one person: 0 is no limit"
    )
    room_limit: int = Field(
        default=600, ge=0, description="how many messages a minute the bot reads in one room: 0 is no limit"
    )
    message_limit: int = Field(
        default=16_000,
        ge=2_000,
        description="how many characters a message to the bot may have: 2000 or more",
    )
    attachment_limit: int = Field(
        default=10,
        ge=1,
        le=50,
        description="how many megabytes a file that belongs to a practice may have: 1 to 50",
    )
    export_limit: int = Field(
        default=20, ge=1, le=200, description="how many practices the bot puts into one document: 1 to 200"
    )
    consent_version: Annotated[str, AfterValidator(_consent)] = Field(
        default="1", description="the version of a consent's text that the catalogues have, such as 1"
    )
    responsible: str = Field(
        default="",
        max_length=300,
        description="who is responsible for what is stored, with an address: at most 300 characters",
    )

    @field_validator("password")
    @classmethod
    def _some_way_in(cls, password: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        # A token or device that is itself wrong has an error of its own already.
        given = [name for name in ("access_token", "device_id") if info.data.get(name, "wrong")]
        if password is None and len(given) < 2:
            raise ValueError
        return password

    @model_validator(mode="before")
    @classmethod
    def _own_server_allowed(cls, values: Any) -> Any:
        user_id = values.get("user_id")
        if "allowed_servers" not in values and isinstance(user_id, str) and _USER_ID.fullmatch(user_id):
            values["allowed_servers"] = user_id.partition(":")[2]
        return values


S = TypeVar("S", bound=StorageSettings)


def load_settings(
    *, need_hub: bool = False, env_file: Path = Path(".env"), toml_file: Path = Path("proxenos.toml")
) -> Settings:
    """The settings from the environment, then `.env`, then `proxenos.toml`.

    Raises SettingsError, which names everything that is wrong or missing; never a secret's value.
    """
    return _load(Settings, ("hub_room",) if need_hub else (), env_file, toml_file)


def load_storage_settings(
    *, env_file: Path = Path(".env"), toml_file: Path = Path("proxenos.toml")
) -> StorageSettings:
    """As `load_settings`, but only what the database needs; the bot's account may still be missing."""
    return _load(StorageSettings, (), env_file, toml_file)


def _load(kind: type[S], needed: tuple[str, ...], env_file: Path, toml_file: Path) -> S:
    class Outside(kind):  # type: ignore[misc, valid-type]  # a class that is only known here
        model_config = SettingsConfigDict(env_file=env_file, toml_file=toml_file)

        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], *_sources: Any, **_named: Any
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return sources

    environment = EnvSettingsSource(Outside)
    reading = env_file
    try:
        dotenv = DotEnvSettingsSource(Outside)
        reading = toml_file
        toml = TomlConfigSettingsSource(Outside)
    except (OSError, ValueError) as error:  # what is no UTF-8 and what is no TOML are ValueErrors
        raise SettingsError(f"{reading} can't be read: {error}") from error
    sources = (environment, dotenv, toml)
    given = {
        "the environment": _without_prefix(environment.env_vars),
        str(env_file): _without_prefix(dotenv.env_vars),
        str(toml_file): toml.toml_data,
    }
    problems = [
        _unknown(name, place) for place, values in given.items() for name in values if name not in _FIELDS
    ]
    settings: S | None = None
    try:
        settings = Outside.model_validate({})
    except ValidationError as error:
        wrong = {str(detail["loc"][0]): None for detail in error.errors() if detail["loc"]}
        problems += [_wrong(name, given) for name in wrong]
    problems += [
        _wrong(name, given) for name in needed if not any(name in values for values in given.values())
    ]
    if problems or settings is None:
        raise SettingsError("\n".join(problems))
    return settings


_FIELDS = Settings.model_fields
# The address of a database may hold a password.
_NEVER_SHOWN = frozenset(
    {"database_url"} | {name for name, field in _FIELDS.items() if SecretStr in get_args(field.annotation)}
)


def _without_prefix(variables: Mapping[str, Any]) -> dict[str, Any]:
    prefix = PREFIX.lower()
    return {
        name.lower().removeprefix(prefix): value
        for name, value in variables.items()
        if name.lower().startswith(prefix)
    }


def _unknown(name: str, place: str) -> str:
    """A line about a name that is no setting's; its value may be a secret."""
    bare = name.lower().removeprefix(PREFIX.lower()).replace("-", "_")
    nearest = process.extractOne(bare, list(_FIELDS), scorer=fuzz.WRatio, score_cutoff=70)
    from_file = place.endswith(".toml")
    shown, hint = (name, "{}") if from_file else (PREFIX + name.upper(), PREFIX + "{}")
    found = f"{shown}: found in {place}, but there is no such setting"
    if nearest is None:
        return f"{found}; the documentation lists them all"
    return f"{found}; did you mean {hint.format(nearest[0] if from_file else nearest[0].upper())}?"


def _wrong(name: str, given: Mapping[str, Mapping[str, Any]]) -> str:
    """A line about a setting that is missing or that has a value it can't have."""
    variable, expected = PREFIX + name.upper(), _FIELDS[name].description
    for place, values in given.items():
        if name in values:
            secret = name in _NEVER_SHOWN or "@" in urlsplit(str(values[name])).netloc
            found = "a value that is not shown here" if secret else repr(values[name])
            return f"{variable}: found {found} in {place}, expected {expected}"
    return f"{variable}: not set, expected {expected}"
