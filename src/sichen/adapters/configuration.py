# SPDX-License-Identifier: Apache-2.0
"""Settings: defaults < /etc/sichen/sichen.toml < $XDG_CONFIG_HOME/sichen/sichen.toml < SICHEN_* < options."""

import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Literal, cast

from sichen.adapters.named_files import open_named, shown
from sichen.core import ConfigError, Message

SYSTEM_FILE = Path("/etc/sichen/sichen.toml")

_PREFIX = "SICHEN_"
_FOR_TESTS = {"SICHEN_HYPOTHESIS", "SICHEN_SHARED_DATA", "SICHEN_TEST_POSTGRES"}
_EXECUTOR = re.compile(r"serial|(threads|processes)(:[1-9]\d*)?|dask(:.+)?")
_DATABASE = re.compile(r"(sqlite|postgres|postgresql)(\+\w+)?://.+")


@dataclass(frozen=True)
class Setting:
    """One setting, for people: its name, its value without passwords, and where it comes from."""

    name: str
    value: str
    origin: str


@dataclass(frozen=True)
class Configuration:
    """What Sichen runs with.

    Parameters
    ----------
    data : Path
        The folder of records and artifacts.
    database : str or None
        URL of the database; None is SQLite in the data folder.
    host, port : str, int
        Where the workbench listens; port 0 takes a free one.
    language : {"auto", "en", "zh"}
        ``auto`` follows the browser or the terminal.
    lift_angle : float
        Degrees, for a watch whose calibre nobody named; more than 0, at most 90.
    executor : str
        Where batch work runs: ``serial``, ``processes:4``, ``dask:ADDRESS`` …
    person : str
        Who works here: the name under each step of the laboratory that says no other.
    origins : mapping of str to str
        Setting → where its value comes from.
    """

    data: Path
    database: str | None = None
    host: str = "127.0.0.1"
    port: int = 8117
    language: Literal["auto", "en", "zh"] = "auto"
    lift_angle: float = 52.0
    executor: str = "serial"
    person: str = ""
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)

    def explain(self) -> tuple[Setting, ...]:
        """Return every setting with the origin of its value, passwords hidden."""
        return tuple(
            Setting(name, _hide_password(str(getattr(self, name) or "")), self.origins.get(name, "default")) for name in KEYS
        )


KEYS = tuple(entry.name for entry in fields(Configuration) if entry.name != "origins")
"""The names of all settings."""


def read_configuration(
    options: Mapping[str, object] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    system_file: Path = SYSTEM_FILE,
) -> Configuration:
    """Collect the settings from everywhere.

    Parameters
    ----------
    options : mapping of str to object, optional
        What was typed on the command line; None as a value means: not typed.
    environment : mapping of str to str, optional
        The environment of this process by default.
    system_file : Path
        The file for all users of this computer.

    Returns
    -------
    Configuration

    Raises
    ------
    ConfigError
        If a key is unknown or a value cannot be; the message names both, and the file.

    Examples
    --------
    >>> settings = read_configuration({"port": 9000}, environment={"HOME": "/home/li", "SICHEN_LANGUAGE": "zh"})
    >>> settings.port, settings.language, str(settings.data)
    (9000, 'zh', '/home/li/.local/share/sichen')
    """
    around = os.environ if environment is None else environment
    values: dict[str, object] = {"data": _home(around, "XDG_DATA_HOME", ".local/share") / "sichen"}
    origins: dict[str, str] = {}
    for origin, layer in _layers(options or {}, around, system_file):
        for name, value in layer.items():
            values[name] = _checked(name, value, origin)
            origins[name] = origin
    return Configuration(**values, origins=origins)  # type: ignore[arg-type] # each value was checked against its name


def check_file(path: Path) -> Mapping[str, object]:
    """Read one file of settings and return them as Sichen understands them.

    Raises
    ------
    ConfigError
        If it is no TOML, a key is unknown or a value cannot be.
    SourceError
        If it cannot be read.
    """
    try:
        with open_named(path) as file:
            table = tomllib.load(file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(Message("adapters.config.no_toml", path=shown(path), problem=str(error))) from error
    return {name: _checked(name, value, shown(path)) for name, value in table.items()}


def _layers(
    options: Mapping[str, object], around: Mapping[str, str], system_file: Path
) -> Iterator[tuple[str, Mapping[str, object]]]:
    own_file = _home(around, "XDG_CONFIG_HOME", ".config") / "sichen" / "sichen.toml"
    for path in (system_file, own_file):
        if path.exists():
            yield shown(path), check_file(path)
    for name, text in sorted(around.items()):
        if name.startswith(_PREFIX) and name not in _FOR_TESTS:
            yield name, {name.removeprefix(_PREFIX).lower(): _from_text(name.removeprefix(_PREFIX).lower(), text)}
    for name, value in options.items():
        if value is not None:
            yield f"--{name.replace('_', '-')}", {name: value}


def _home(around: Mapping[str, str], variable: str, below_home: str) -> Path:
    """Find a folder after the XDG base directory specification, which says that a relative path counts as unset."""
    named = around.get(variable, "")
    if named.startswith("/"):
        return Path(named)
    home = around.get("HOME", "")
    if not home.startswith("/"):
        raise ConfigError(Message("adapters.config.no_home", variable=variable))
    return Path(home) / below_home


def _from_text(name: str, text: str) -> object:
    """Read a value from the environment, where all is text."""
    kinds: dict[str, Callable[[str], object]] = {"port": int, "lift_angle": float}
    try:
        return kinds.get(name, str)(text)
    except ValueError:
        return text


def _checked(name: str, value: object, origin: str) -> object:
    if name not in _CHECKS:
        raise ConfigError(Message("adapters.config.unknown_key", setting=name, origin=origin, known=", ".join(KEYS)))
    check, expected = _CHECKS[name]
    if not check(value):
        found = _hide_password(str(value))
        raise ConfigError(Message("adapters.config.bad_value", setting=name, value=found, origin=origin, expected=expected))
    if name == "data":
        # As the shell does; `Path.expanduser` raises where it cannot.
        return Path(os.path.expanduser(cast("str", value)))  # noqa: PTH111
    return float(cast("float", value)) if name == "lift_angle" else value


def _is_number(value: object, low: float, high: float, *, whole: bool = False) -> bool:
    fits = isinstance(value, int) if whole else isinstance(value, int | float)
    return fits and not isinstance(value, bool) and low <= cast("float", value) <= high


def _is_text(value: object, pattern: str | re.Pattern[str] = ".+") -> bool:
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def _is_one_of(value: object, choices: Sequence[str]) -> bool:
    return value in choices


# What a value must be, and how to say so; the words are those of a file, the same in both languages.
_CHECKS: dict[str, tuple[Callable[[object], bool], str]] = {
    "data": (lambda value: isinstance(value, Path) or _is_text(value), "PATH"),
    "database": (lambda value: _is_text(value, _DATABASE), "sqlite:///FILE, postgresql://USER@HOST/NAME"),
    "host": (_is_text, "127.0.0.1"),
    "port": (lambda value: _is_number(value, 0, 65535, whole=True), "0 … 65535"),
    "language": (lambda value: _is_one_of(value, ("auto", "en", "zh")), "auto, en, zh"),
    "lift_angle": (lambda value: _is_number(value, 1e-9, 90), "0 < ° ≤ 90"),
    "executor": (lambda value: _is_text(value, _EXECUTOR), "serial, threads:N, processes:N, dask:ADDRESS"),
    "person": (_is_text, "Li Ming"),
}


def _hide_password(text: str) -> str:
    return re.sub(r"(://[^:@/]*):[^@]*@", r"\1:…@", text)
