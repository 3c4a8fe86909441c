# SPDX-License-Identifier: Apache-2.0
"""What a page of the chapter is: a question, an answer, and how the answer is kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sichen.adapters import DataFolder
from sichen.adapters.brand_desk import Sent
from sichen.adapters.sample_brands import sample_file
from sichen.brand.sheet import number_of
from sichen.core import ConfigError, Instant, Language, Message, Record

Fields = Mapping[str, str]
Values = dict[str, object]


@dataclass(frozen=True)
class Asked:
    """What somebody asks: the file, further files, the fields of the form."""

    main: Sent
    further: Mapping[str, Sent] = field(default_factory=dict)
    fields: Fields = field(default_factory=dict)

    def words(self, name: str) -> tuple[str, ...]:
        """Return the words of a field with commas."""
        return tuple(word.strip() for word in self.fields.get(name, "").split(",") if word.strip())

    def number(self, name: str, otherwise: float) -> float:
        """Return the number in a field.

        Raises
        ------
        ConfigError
            If it is none, or negative.
        """
        text = self.fields.get(name, "") or f"{otherwise:g}"
        found = number_of(text)
        if found is None or found < 0:
            raise ConfigError(Message("brand.case.number", where=name, found=text))
        return found


@dataclass(frozen=True)
class Topic:
    """One page.

    Parameters
    ----------
    path : str
    sample : str
        The sample file it teaches with.
    answer : callable
        From what was asked, the data folder and the language to what the template shows.
    keep : callable, optional
    kind : str
        Of the records it keeps.
    also : tuple of str
        Other kinds that it keeps and opens.
    further : mapping of str to str
        Further files it takes, each with its sample.
    fields : mapping of str to str
        Fields of its form with what they hold for the sample.
    """

    path: str
    sample: str
    answer: Callable[[Asked, DataFolder, Language], Values]
    keep: Callable[[Asked, DataFolder, Instant], Sequence[Record]] | None = None
    kind: str = ""
    further: Mapping[str, str] = field(default_factory=dict)
    fields: Fields = field(default_factory=dict)
    also: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """Every kind of record that it opens."""
        return (self.kind, *self.also) if self.kind else self.also

    def sample_asked(self) -> Asked:
        """Return the question that the samples ask."""
        further = {name: Sent(sample_file(sample), sample) for name, sample in self.further.items()}
        return Asked(Sent(sample_file(self.sample), self.sample), further, dict(self.fields))
