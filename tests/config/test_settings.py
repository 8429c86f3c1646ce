"""What an operator can set, and what they are told when it is wrong."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from config.settings import PREFIX, Settings, SettingsError, load_settings, load_storage_settings

REQUIRED = {
    "HOMESERVER_URL": "https://matrix.example.org",
    "USER_ID": "@proxenos:example.org",
    "PASSWORD": "secret-word",
}


@dataclass
class Outside:
    """An environment, a `.env` and a `proxenos.toml` of their own."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def environment(self, **values: str) -> None:
        for name, value in values.items():
            self.monkeypatch.setenv(PREFIX + name, value)

    def dotenv(self, text: str) -> None:
        (self.folder / ".env").write_text(text, encoding="utf-8")

    def toml(self, text: str) -> None:
        (self.folder / "proxenos.toml").write_text(text, encoding="utf-8")

    def problems(self, *, need_hub: bool = False) -> list[str]:
        with pytest.raises(SettingsError) as raised:
            load_settings(need_hub=need_hub)
        return str(raised.value).splitlines()


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outside:
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.upper().startswith(PREFIX):
            monkeypatch.delenv(name)
    return Outside(tmp_path, monkeypatch)


def test_defaults(outside: Outside) -> None:
    """Where the bot lives and how it gets in is enough."""
    outside.environment(**REQUIRED)
    settings = load_settings()
    assert settings.homeserver_url == "https://matrix.example.org"
    assert settings.data_dir == Path("data")
    assert settings.database_url == "sqlite:///data/proxenos.db"
    assert settings.hub_room is None
    assert settings.command_prefix == "!"
    assert settings.default_language == "en"
    assert settings.timezone == "Europe/Berlin"
    assert settings.allowed_servers == ("example.org",)
    assert settings.network_name == "Urban Diplomacy"
    assert (settings.review, settings.review_room) == (False, None)


def test_precedence(outside: Outside) -> None:
    """The environment comes before `.env`, and `.env` before `proxenos.toml`; an empty value is none."""
    outside.environment(**REQUIRED, NETWORK_NAME="environment", KEEP_MESSAGES_DAYS="")
    outside.dotenv("PROXENOS_NETWORK_NAME=dotenv\nPROXENOS_TIMEZONE=Europe/Kyiv\nOTHER=ignored\n")
    outside.toml('network_name = "toml"\ntimezone = "UTC"\ncommand_prefix = "?"\nkeep_messages_days = 7\n')
    settings = load_settings()
    assert settings.network_name == "environment"
    assert settings.timezone == "Europe/Kyiv"
    assert settings.command_prefix == "?"
    assert settings.keep_messages_days == 7


def test_a_consent_without_a_text_is_refused(outside: Outside) -> None:
    """Nobody can agree to what they can't read."""
    outside.environment(**REQUIRED, CONSENT_VERSION="7")
    with pytest.raises(SettingsError, match="PROXENOS_CONSENT_VERSION: found '7' in the environment"):
        load_settings()


def test_the_database_lies_in_the_data_directory(outside: Outside) -> None:
    """Moving the data directory moves the database, unless the operator says where it is."""
    outside.environment(**REQUIRED, DATA_DIR="/srv/proxenos")
    assert load_settings().database_url == "sqlite:////srv/proxenos/proxenos.db"
    outside.environment(DATABASE_URL="postgresql+psycopg://user@host/proxenos")
    assert load_settings().database_url == "postgresql+psycopg://user@host/proxenos"


@pytest.mark.parametrize("toml", ['"example.org, example.com:8448,"', '["example.org", "example.com:8448"]'])
def test_allowed_servers(outside: Outside, toml: str) -> None:
    """Servers are a list, or names with commas between them."""
    outside.environment(**REQUIRED)
    outside.toml(f"allowed_servers = {toml}")
    assert load_settings().allowed_servers == ("example.org", "example.com:8448")


def test_a_token_with_its_device_is_as_good_as_a_password(outside: Outside) -> None:
    """One way in is enough; a token alone is none."""
    outside.environment(**{**REQUIRED, "PASSWORD": "", "ACCESS_TOKEN": "secret-word"})
    assert outside.problems() == [
        "PROXENOS_PASSWORD: not set, expected the bot's password, "
        "or PROXENOS_ACCESS_TOKEN together with PROXENOS_DEVICE_ID"
    ]
    outside.environment(DEVICE_ID="BOT")
    assert load_settings().access_token is not None


def test_everything_that_is_missing_is_named_at_once(outside: Outside) -> None:
    """An operator who starts with nothing learns everything that is needed."""
    assert [line.partition(":")[0] for line in outside.problems(need_hub=True)] == [
        "PROXENOS_HOMESERVER_URL",
        "PROXENOS_USER_ID",
        "PROXENOS_PASSWORD",
        "PROXENOS_HUB_ROOM",
    ]


def test_the_hub_room_is_needed_only_to_run(outside: Outside) -> None:
    """The room may not exist yet, as before `setup`."""
    outside.environment(**REQUIRED)
    assert load_settings().hub_room is None
    assert outside.problems(need_hub=True) == [
        "PROXENOS_HUB_ROOM: not set, expected the network's main room, such as #hub:example.org or !abc…"
    ]


def test_the_database_alone_needs_no_account(outside: Outside) -> None:
    """Who imports or exports has not told the program where the bot lives, or told it wrong."""
    outside.environment(DATA_DIR="/srv/proxenos", HUB_ROOM="nowhere")
    assert load_storage_settings().database_url == "sqlite:////srv/proxenos/proxenos.db"
    outside.environment(DATABASE_URL="nowhere", DATADIR="x")
    with pytest.raises(SettingsError, match=r"PROXENOS_DATADIR: .*\nPROXENOS_DATABASE_URL: "):
        load_storage_settings()


@pytest.mark.parametrize(
    "room", ["#hub:example.org", "!abc:example.org", "!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM"]
)
def test_hub_room(outside: Outside, room: str) -> None:
    """Rooms have an alias or an id; ids of version 12 name no server."""
    outside.environment(**REQUIRED, HUB_ROOM=room)
    assert load_settings(need_hub=True).hub_room == room
    outside.environment(REVIEW="true", REVIEW_ROOM=room)
    assert (load_settings().review, load_settings().review_room) == (True, room)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOMESERVER_URL", "matrix.example.org"),
        ("HOMESERVER_URL", "ftp://matrix.example.org"),
        ("HOMESERVER_URL", "https://"),
        ("USER_ID", "proxenos"),
        ("USER_ID", "@proxenos"),
        ("HUB_ROOM", "hub"),
        ("HUB_ROOM", "#hub"),
        ("COMMAND_PREFIX", "!!!!!!"),
        ("COMMAND_PREFIX", "bot"),
        ("COMMAND_PREFIX", "! !"),
        ("DEFAULT_LANGUAGE", "fr"),
        ("TIMEZONE", "Berlin"),
        ("TIMEZONE", "../etc/passwd"),
        ("ALLOWED_SERVERS", "example.org, https://example.com"),
        ("GAP_MAX_AGE_DAYS", "-1"),
        ("GAP_MAX_AGE_DAYS", "two"),
        ("KEEP_MESSAGES_DAYS", "31"),
        ("LOG_FORMAT", "xml"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_expected(outside: Outside, name: str, value: str) -> None:
    """One line: which setting, what was found and where, and what is expected."""
    outside.environment(**{**REQUIRED, name: value})
    (line,) = outside.problems()
    assert line.startswith(f"PROXENOS_{name}: found {value!r} in the environment, expected ")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://user:secret-word@host/proxenos"),
        ("HOMESERVER_URL", "https://user:secret-word@matrix.example.org"),
        ("PASWORD", "secret-word"),
        ("STORE_KEY", "secret-word"),
        ("TOKEN", "secret-word"),
    ],
)
def test_secrets_are_never_repeated(outside: Outside, name: str, value: str) -> None:
    """An error says which setting is wrong without saying the secret in it."""
    outside.environment(**{**REQUIRED, name: value})
    (line,) = outside.problems()
    assert line.startswith(f"PROXENOS_{name}: found ")
    assert "secret-word" not in line


def test_secrets_are_not_in_what_is_printed(outside: Outside) -> None:
    """Settings that end in a log don't give anything away."""
    outside.environment(**REQUIRED, DATABASE_URL="postgresql+psycopg://user:secret-word@host/proxenos")
    assert "secret-word" not in repr(load_settings())


def test_an_unknown_name_has_a_suggestion(outside: Outside) -> None:
    """A misspelt name is not silently ignored, wherever it stands."""
    outside.environment(**REQUIRED, TIMEZON="UTC")
    outside.dotenv("PROXENOS_HUBROOM=#hub:example.org\n")
    outside.toml('user-id = "@bot:example.org"\n[qqqqq]\na = 1\n')
    assert outside.problems() == [
        f"{name}: found in {place}, but there is no such setting; {hint}"
        for name, place, hint in (
            ("PROXENOS_TIMEZON", "the environment", "did you mean PROXENOS_TIMEZONE?"),
            ("PROXENOS_HUBROOM", ".env", "did you mean PROXENOS_HUB_ROOM?"),
            ("user-id", "proxenos.toml", "did you mean user_id?"),
            ("qqqqq", "proxenos.toml", "the documentation lists them all"),
        )
    ]


def test_a_file_that_is_no_toml(outside: Outside) -> None:
    """A broken file is named."""
    outside.environment(**REQUIRED)
    outside.toml("user_id = ")
    (line,) = outside.problems()
    assert line.startswith("proxenos.toml can't be read: ")


def test_settings_in_hand_look_nowhere_else(outside: Outside) -> None:
    """A demo or a test that makes its own settings is not changed by an operator's environment."""
    outside.environment(TIMEZONE="UTC")
    settings = Settings(
        homeserver_url="http://localhost:8008/",
        user_id="@bot:localhost",
        password="x",  # type: ignore[arg-type]
    )
    assert settings.timezone == "Europe/Berlin"
    assert settings.homeserver_url == "http://localhost:8008"


@hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), min_size=1))
def test_any_text_as_a_value_is_taken_or_named(outside: Outside, value: str) -> None:
    """Whatever stands in the environment, the program starts or says what is wrong."""
    for name in ("HOMESERVER_URL", "USER_ID", "HUB_ROOM", "TIMEZONE", "ALLOWED_SERVERS", "DATABASE_URL"):
        problem = ""
        with outside.monkeypatch.context() as patch:
            for given_name, given_value in {**REQUIRED, name: value}.items():
                patch.setenv(PREFIX + given_name, given_value)
            try:
                load_settings()
            except SettingsError as error:
                problem = str(error)
        assert problem == "" or problem.startswith(f"PROXENOS_{name}: found ")
