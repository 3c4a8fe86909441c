# SPDX-License-Identifier: Apache-2.0
"""Whom a verifier believes (c2sp.org/tlog-policy): logs, witnesses, and how many of them it takes."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from types import MappingProxyType

from sichen.core import ConfigError, Message
from sichen.trace.ledger.keys import Algorithm, VerifierKey

_NONE = "none"
_LOG_WORDS, _WITNESS_WORDS, _GROUP_WORDS = (2, 3), (3, 4), 4


@dataclass(frozen=True)
class Group:
    """Witnesses or other groups of which at least some must have signed.

    Parameters
    ----------
    needed : int
    members : tuple of str
        Names.
    """

    needed: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """Keys of logs and witnesses, and the quorum.

    Parameters
    ----------
    logs : tuple of VerifierKey
    witnesses : mapping of str to VerifierKey
        By the name that this policy gives them.
    groups : mapping of str to Group
    quorum : str
        Name of a witness or a group, or ``none``.
    """

    logs: tuple[VerifierKey, ...] = ()
    witnesses: Mapping[str, VerifierKey] = field(default_factory=lambda: MappingProxyType({}))
    groups: Mapping[str, Group] = field(default_factory=lambda: MappingProxyType({}))
    quorum: str = _NONE

    def is_met(self, signed: AbstractSet[VerifierKey]) -> bool:
        """Tell whether enough witnesses signed.

        Parameters
        ----------
        signed : set of VerifierKey
            Whose signatures were found good.
        """
        return self.quorum == _NONE or self._has(self.quorum, signed)

    def _has(self, name: str, signed: AbstractSet[VerifierKey]) -> bool:
        if name in self.witnesses:
            return self.witnesses[name] in signed
        group = self.groups[name]
        return sum(self._has(member, signed) for member in group.members) >= group.needed


def read_policy(text: str) -> Policy:
    """Read a policy file.

    Parameters
    ----------
    text : str
        Lines ``log VKEY [URL]``, ``witness NAME VKEY [URL]``, ``group NAME all|any|K NAME …`` and one ``quorum NAME``.

    Raises
    ------
    ConfigError
        If a line cannot be understood; the message gives its number.

    Examples
    --------
    >>> read_policy("quorum none").quorum
    'none'
    """
    reader = _Reader()
    for number, line in enumerate(text.split("\n"), 1):
        words = line.replace("\t", " ").split()
        if not words or words[0].startswith("#"):
            continue
        try:
            reader.take(words)
        except (ConfigError, ValueError, KeyError, IndexError) as error:
            raise ConfigError(Message("trace.ledger.bad_policy", line=number, problem=str(error))) from error
    if reader.quorum is None:
        raise ConfigError(Message("trace.ledger.bad_policy", line=text.count("\n") + 1, problem="quorum"))
    return Policy(tuple(reader.logs), MappingProxyType(reader.witnesses), MappingProxyType(reader.groups), reader.quorum)


class _Reader:
    def __init__(self) -> None:
        self.logs: list[VerifierKey] = []
        self.witnesses: dict[str, VerifierKey] = {}
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None
        self._members: set[str] = set()

    def take(self, words: list[str]) -> None:
        kinds = {"log": self._log, "witness": self._witness, "group": self._group, "quorum": self._quorum}
        kinds[words[0]](words)

    def _log(self, words: list[str]) -> None:
        key = VerifierKey.parse(words[1])
        if len(words) not in _LOG_WORDS or key.algorithm is Algorithm.ED25519_COSIGNATURE:
            raise ValueError(words[1])
        self._once(key, self.logs)
        self.logs.append(key)

    def _witness(self, words: list[str]) -> None:
        key = VerifierKey.parse(words[2])
        if len(words) not in _WITNESS_WORDS or key.algorithm is Algorithm.ED25519:
            raise ValueError(words[2])
        self._once(key, list(self.witnesses.values()))
        self.witnesses[self._new(words[1])] = key

    def _group(self, words: list[str]) -> None:
        if len(words) < _GROUP_WORDS:
            raise ValueError(" ".join(words))
        name, how, members = words[1], words[2], words[3:]
        needed = {"all": len(members), "any": 1}.get(how) or int(how)
        free = [one for one in members if (one in self.witnesses or one in self.groups) and one not in self._members]
        if len(set(free)) != len(members) or not 1 <= needed <= len(members):
            raise ValueError(" ".join(words))
        self._members.update(members)
        self.groups[self._new(name)] = Group(needed, tuple(members))

    def _quorum(self, words: list[str]) -> None:
        (_, name) = words
        if self.quorum is not None or (name != _NONE and name not in self.witnesses and name not in self.groups):
            raise ValueError(name)
        self.quorum = name

    def _new(self, name: str) -> str:
        if name == _NONE or name in self.witnesses or name in self.groups:
            raise ValueError(name)
        return name

    def _once(self, key: VerifierKey, known: list[VerifierKey]) -> None:
        if any(key.public == other.public for other in known):
            raise ValueError(key.text)
