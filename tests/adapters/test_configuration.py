# SPDX-License-Identifier: Apache-2.0
"""Each setting comes from the place that is nearest to the user, and says so."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from sichen.adapters import Configuration, check_file, read_configuration
from sichen.adapters.configuration import KEYS
from sichen.core import LANGUAGES, ConfigError, SourceError

NOWHERE = Path("/nonexistent/sichen.toml")


def read(
    tmp_path: Path,
    *,
    own: str = "",
    system: str = "",
    variables: Mapping[str, str] | None = None,
    options: Mapping[str, object] | None = None,
) -> Configuration:
    """Read settings in a home of our own."""
    (tmp_path / "config" / "sichen").mkdir(parents=True, exist_ok=True)
    (tmp_path / "config" / "sichen" / "sichen.toml").write_text(own, encoding="utf-8")
    (tmp_path / "system.toml").write_text(system, encoding="utf-8")
    around = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")} | dict(variables or {})
    return read_configuration(options, environment=around, system_file=tmp_path / "system.toml")


def test_without_any_setting_there_are_defaults(tmp_path: Path) -> None:
    found = read_configuration(environment={"HOME": str(tmp_path)}, system_file=NOWHERE)

    assert found == Configuration(data=tmp_path / ".local" / "share" / "sichen")
    assert {setting.origin for setting in found.explain()} == {"default"}
    assert tuple(setting.name for setting in found.explain()) == KEYS


def test_the_nearer_place_wins_and_is_named(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        system='host = "0.0.0.0"\nport = 1\nlanguage = "en"\nlift_angle = 50\n',
        own='port = 2\nlanguage = "zh"\nlift_angle = 51.5\n',
        variables={"SICHEN_LANGUAGE": "auto", "SICHEN_LIFT_ANGLE": "53"},
        options={"lift_angle": 54, "port": None},
    )

    assert (found.host, found.port, found.language, found.lift_angle) == ("0.0.0.0", 2, "auto", 54.0)
    origins = {setting.name: setting.origin for setting in found.explain()}
    assert origins["host"].endswith("system.toml")
    assert origins["port"].endswith("sichen.toml")
    assert origins["language"] == "SICHEN_LANGUAGE"
    assert origins["lift_angle"] == "--lift-angle"
    assert origins["executor"] == "default"


def test_everything_can_be_set_everywhere(tmp_path: Path) -> None:
    values: dict[str, object] = {
        "data": str(tmp_path / "表"),
        "database": "postgresql://li:secret@db/watches",
        "host": "::1",
        "port": 0,
        "language": "zh",
        "lift_angle": 49.0,
        "executor": "processes:4",
        "person": "李明",
    }
    file = "".join(f"{name} = {value!r}\n".replace("'", '"') for name, value in values.items())

    ways = (
        read(tmp_path, own=file),
        read(tmp_path, variables={f"SICHEN_{name.upper()}": str(value) for name, value in values.items()}),
        read(tmp_path, options=values),
    )

    assert set(values) == set(KEYS)
    assert ways[0] == ways[1] == ways[2]
    assert ways[0].data == tmp_path / "表"
    assert all("secret" not in setting.value for way in ways for setting in way.explain())


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("prot = 8000", ["prot", "no setting", "sichen.toml", "port"]),
        ("[port]\nnumber = 8000", ["port", "0 … 65535"]),
        ("port = 70000", ["port", "70000", "sichen.toml"]),
        ("port = true", ["port"]),
        ('port = "8000"', ["port"]),
        ("lift_angle = 0", ["lift_angle", "90"]),
        ("lift_angle = nan", ["lift_angle"]),
        ('language = "de"', ["language", "auto, en, zh"]),
        ('executor = "threads:0"', ["executor", "processes:N"]),
        ('database = "mysql://me:secret@here/db"', ["database", "postgresql://"]),
        ('host = ""', ["host"]),
        ("port = ", ["TOML", "sichen.toml"]),
    ],
)
def test_a_wrong_setting_is_named_with_its_place(tmp_path: Path, line: str, words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, own=line)

    assert all(word in str(caught.value) for word in words)
    assert all("secret" not in caught.value.message.text(language) for language in LANGUAGES)


def test_a_wrong_variable_or_option_is_named_too(tmp_path: Path) -> None:
    for name, value in (("SICHEN_PROT", "1"), ("SICHEN_PORT", "many"), ("SICHEN_LIFT_ANGLE", "")):
        with pytest.raises(ConfigError, match=name):
            read(tmp_path, variables={name: value})
    with pytest.raises(ConfigError, match="--lift-angle"):
        read(tmp_path, options={"lift_angle": -1})


def test_variables_of_the_tests_are_no_settings(tmp_path: Path) -> None:
    assert read(tmp_path, variables={"SICHEN_HYPOTHESIS": "deep", "SICHENX": "1"}).port == Configuration(tmp_path).port


def test_a_relative_xdg_folder_counts_as_unset(tmp_path: Path) -> None:
    assert read(tmp_path, variables={"XDG_DATA_HOME": "relative"}).data == tmp_path / ".local" / "share" / "sichen"
    assert read(tmp_path, variables={"XDG_DATA_HOME": "/data"}).data == Path("/data/sichen")


def test_without_a_home_the_folder_must_be_named() -> None:
    with pytest.raises(ConfigError, match="HOME"):
        read_configuration(environment={}, system_file=NOWHERE)


def test_one_file_can_be_checked_alone(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('port = 9\ndata = "~/表"\n', encoding="utf-8")

    assert check_file(tmp_path / "a.toml") == {"port": 9, "data": Path.home() / "表"}
    with pytest.raises(SourceError):
        check_file(tmp_path / "none.toml")
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="TOML"):
        check_file(tmp_path / "a.toml")
