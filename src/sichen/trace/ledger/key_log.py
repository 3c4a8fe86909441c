# SPDX-License-Identifier: Apache-2.0
"""The keys of a log, kept in the log itself: which of them hold for which size, and who may replace them.

Every change of keys is a statement and an entry of the log like any other:

- ``begin`` at leaf 0 names the first keys and the recovery keys, which lie in a safe;
- ``rotate`` names new keys, signed by the old ones;
- ``compromise`` names new keys, signed by the recovery keys, and the size since which the old ones are void.

A statement at leaf *i* holds for checkpoints of more than *i* leaves. Every checkpoint must carry a signature by each key
that holds for its size, so nobody can leave the stronger half of a hybrid signature out. A compromise makes void what the
old keys signed beyond a size; checkpoints up to that size, and bundles that rest on them, stay good.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from sichen.core import JSON, ConfigError, DataError, Instant, Message, canonical
from sichen.trace.ledger.keys import Signer, VerifierKey, decode64, encode64

FORM = "sichen.key/1"
KIND = "key"
Act = Literal["begin", "rotate", "compromise"]


@dataclass(frozen=True)
class Statement:
    """A change of keys.

    Parameters
    ----------
    act : {"begin", "rotate", "compromise"}
    origin : str
        Of the log.
    keys : tuple of VerifierKey
        The log's keys from here on.
    recovery : tuple of VerifierKey
        Who may declare them compromised.
    instant : Instant
    since : int or None
        For a compromise: the last size that the old keys signed rightfully.
    signatures : tuple of (str, bytes)
        By key line.
    """

    act: Act
    origin: str
    keys: tuple[VerifierKey, ...]
    recovery: tuple[VerifierKey, ...]
    instant: Instant
    since: int | None = None
    signatures: tuple[tuple[str, bytes], ...] = ()

    @property
    def message(self) -> bytes:
        """The bytes that are signed."""
        return FORM.encode() + b"\n" + canonical(self._unsigned())

    def signed(self, signers: Iterable[Signer]) -> "Statement":
        """Return the statement with signatures by these keys."""
        made = tuple((signer.verifier.text, signer.sign(self.message)) for signer in signers)
        return Statement(self.act, self.origin, self.keys, self.recovery, self.instant, self.since, (*self.signatures, *made))

    def is_signed_by(self, keys: Iterable[VerifierKey]) -> bool:
        """Tell whether each of these keys signed; False for no keys."""
        given = dict(self.signatures)
        wanted = tuple(keys)
        return bool(wanted) and all(key.text in given and key.verify(given[key.text], self.message) for key in wanted)

    def to_json(self) -> dict[str, JSON]:
        """Return the statement as plain JSON."""
        signatures: list[JSON] = [{"key": key, "signature": encode64(value)} for key, value in self.signatures]
        return {**self._unsigned(), "signatures": signatures}

    @classmethod
    def from_json(cls, data: object) -> "Statement":
        """Read a statement.

        Raises
        ------
        DataError
            If it is none.
        """
        try:
            table = cast("Mapping[str, JSON]", data)
            made = cls(
                act=cast("Act", table["act"]),
                origin=cast("str", table["origin"]),
                keys=_keys(table["keys"]),
                recovery=_keys(table["recovery"]),
                instant=Instant.parse(cast("str", table["instant"])),
                since=cast("int | None", table["since"]),
                signatures=tuple(
                    (one["key"], decode64(one["signature"])) for one in cast("list[dict[str, str]]", table["signatures"])
                ),
            )
            same = canonical(made.to_json()) == canonical(table)
        except (KeyError, TypeError, AttributeError, ConfigError) as error:
            raise DataError(Message("trace.ledger.no_statement", problem=str(error))) from error
        if not same or made.act not in ("begin", "rotate", "compromise"):
            raise DataError(Message("trace.ledger.no_statement", problem=str(made.act)))
        return made

    def _unsigned(self) -> dict[str, JSON]:
        return {
            "form": FORM,
            "act": self.act,
            "origin": self.origin,
            "keys": [key.text for key in self.keys],
            "recovery": [key.text for key in self.recovery],
            "instant": self.instant.isoformat(),
            "since": self.since,
        }


@dataclass(frozen=True)
class Period:
    """The keys that hold from a size on.

    Parameters
    ----------
    first : int
        Smallest size that they sign.
    keys, recovery : tuple of VerifierKey
    """

    first: int
    keys: tuple[VerifierKey, ...]
    recovery: tuple[VerifierKey, ...]


@dataclass(frozen=True)
class KeyLog:
    """All periods of a log's keys.

    Parameters
    ----------
    origin : str
    periods : tuple of Period
        In order of `first`.
    void : tuple of (int, int)
        After each compromise: sizes from, to (both included) of checkpoints that prove nothing.
    """

    origin: str
    periods: tuple[Period, ...]
    void: tuple[tuple[int, int], ...] = ()

    def keys_for(self, size: int) -> tuple[VerifierKey, ...]:
        """Return the keys that must all have signed a checkpoint of this size.

        Raises
        ------
        DataError
            If no key holds for it, or whoever stole the keys may have signed it.
        """
        if self.is_void(size):
            raise DataError(Message("trace.ledger.void", size=size))
        return self.signers_of(size)

    def is_void(self, size: int) -> bool:
        """Tell whether checkpoints of this size prove nothing, because whoever stole the keys may have signed them."""
        return any(low <= size <= high for low, high in self.void)

    def signers_of(self, size: int) -> tuple[VerifierKey, ...]:
        """Return the keys that were in force for this size, whether or not they were stolen.

        Raises
        ------
        DataError
            If there was none yet.
        """
        for period in reversed(self.periods):
            if period.first <= size:
                return period.keys
        raise DataError(Message("trace.ledger.no_key_for", size=size))

    def is_doubtful(self, index: int) -> bool:
        """Tell whether a leaf was added while the keys may have been in foreign hands."""
        return any(low <= index + 1 <= high for low, high in self.void)

    def leads_from(self, trusted: Iterable[VerifierKey]) -> bool:
        """Tell whether the present keys are, or descend from, keys that somebody trusts."""
        known = set(trusted)
        return any(known & {*period.keys, *period.recovery} for period in self.periods)


def read_key_log(statements: Sequence[tuple[int, Statement]]) -> KeyLog:
    """Follow the statements from the first one; each must be signed by those who may make it.

    Parameters
    ----------
    statements : sequence of (int, Statement)
        With the leaf of each, in order.

    Returns
    -------
    KeyLog

    Raises
    ------
    DataError
        If one of them does not follow from those before it.
    """
    if not statements or statements[0][0] != 0 or statements[0][1].act != "begin":
        raise DataError(Message("trace.ledger.no_beginning"))
    origin = statements[0][1].origin
    periods: list[Period] = []
    void: list[tuple[int, int]] = []
    for index, statement in statements:
        last = periods[-1] if periods else None
        if statement.origin != origin or not _may(statement, last) or (last is not None and index < last.first):
            raise DataError(Message("trace.ledger.bad_statement", index=index, act=statement.act))
        if statement.act == "compromise":
            since = cast("int", statement.since)
            if not isinstance(since, int) or not 0 <= since <= index:
                raise DataError(Message("trace.ledger.bad_statement", index=index, act=statement.act))
            void.append((since + 1, index))
        periods.append(Period(index + 1, statement.keys, statement.recovery))
    return KeyLog(origin, tuple(periods), tuple(void))


def _may(statement: Statement, last: Period | None) -> bool:
    """Tell whether those signed who may: the new keys always, beside them the old or the recovery keys."""
    if not statement.is_signed_by(statement.keys) or any(key.name != statement.origin for key in statement.keys):
        return False
    if last is None:
        return statement.act == "begin" and statement.since is None
    if statement.act == "rotate":
        return statement.is_signed_by(last.keys) and statement.recovery == last.recovery and statement.since is None
    return (
        statement.act == "compromise" and statement.is_signed_by(last.recovery) and statement.is_signed_by(statement.recovery)
    )


def _keys(value: JSON) -> tuple[VerifierKey, ...]:
    return tuple(VerifierKey.parse(text) for text in cast("list[str]", value))
