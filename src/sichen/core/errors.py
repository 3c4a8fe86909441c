# SPDX-License-Identifier: Apache-2.0
"""The one error tree.

::

    SichenError
    ├── DataError(ValueError)      the numbers cannot answer the question     exit 2
    │   ├── TooFewSamples          … because there are too few of them        exit 2
    │   └── NotFound(LookupError)  … because nothing has that name            exit 2
    ├── ConfigError(ValueError)    a file or option is wrong; names the key   exit 2
    ├── SourceError(OSError)       a device, server or file failed            exit 3
    └── NotConforming              the judgement is "no"; carries the limit   exit 1

An error carries a `Message`, so that a page can say it in the reader's language; ``str(error)`` is the
English sentence. A message says what was found, what was needed, and what to do.
"""

from sichen.core.message import Message


class SichenError(Exception):
    """The root of all errors that Sichen raises on purpose.

    Parameters
    ----------
    message : Message or str
        What happened and what to do. A plain string is shown as it is in every language.
    """

    exit_code = 2

    def __init__(self, message: Message | str) -> None:
        self.message = message if isinstance(message, Message) else Message.plain(message)
        super().__init__(self.message.text("en"))

    def __reduce__(self) -> tuple[object, ...]:
        """Survive a process boundary, whatever arguments the subclass was made from."""
        return (_rebuild, (type(self), self.message))


class DataError(SichenError, ValueError):
    """The numbers cannot answer the question."""


class TooFewSamples(DataError):
    """There are fewer samples than the estimate needs."""

    def __init__(self, *, got: int, need: int) -> None:
        super().__init__(Message("core.too_few_samples", got=got, need=need))


class NotFound(DataError, LookupError):
    """Nothing has that name or digest."""


class ConfigError(SichenError, ValueError):
    """A file or an option is wrong; the message names the key."""


class SourceError(SichenError, OSError):
    """A device, a server or a file failed."""

    exit_code = 3


class NotConforming(SichenError):
    """The judgement is "no"; the message carries the limit."""

    exit_code = 1


def _rebuild(kind: type[SichenError], message: Message) -> SichenError:
    error = kind.__new__(kind)
    SichenError.__init__(error, message)
    return error
