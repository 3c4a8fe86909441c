# SPDX-License-Identifier: Apache-2.0
"""Single events on their way from the loop of a server into the ledger and back.

One thread commits for all. What it answers is put into a letter box, which the loop empties in one go: a loop that is woken
once for each of a hundred answers does little else.
"""

import asyncio
from collections import deque

from sichen.adapters.ledger.writer import Receipt


class LetterBox:
    """Where the writing thread puts its answers for one loop.

    Parameters
    ----------
    loop : asyncio.AbstractEventLoop
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._letters: deque[tuple[asyncio.Future[Receipt], Receipt | BaseException]] = deque()
        self._called = False

    def expect(self) -> "Answer":
        """Return what an answer is to be given to."""
        return Answer(self, self.loop.create_future())

    def put(self, future: "asyncio.Future[Receipt]", found: Receipt | BaseException) -> None:
        """Leave an answer, from any thread."""
        self._letters.append((future, found))
        if not self._called:
            self._called = True
            try:
                self.loop.call_soon_threadsafe(self._empty)
            except RuntimeError:  # the loop has ended, and with it everybody who waited
                self._letters.clear()

    def _empty(self) -> None:
        # First of all: a letter that comes from now on calls again, one that came before is found below.
        self._called = False
        while self._letters:
            future, found = self._letters.popleft()
            if future.done():
                continue
            if isinstance(found, BaseException):
                future.set_exception(found)
            else:
                future.set_result(found)


class Answer:
    """What one submission waits for; it ends as a future of threads would.

    Parameters
    ----------
    box : LetterBox
    future : asyncio.Future
        To be awaited in the loop of the box.
    """

    __slots__ = ("_box", "future")

    def __init__(self, box: LetterBox, future: "asyncio.Future[Receipt]") -> None:
        self._box = box
        self.future = future

    def set_result(self, receipt: Receipt, /) -> None:
        """End well."""
        self._box.put(self.future, receipt)

    def set_exception(self, error: BaseException | None, /) -> None:
        """End badly."""
        if error is not None:
            self._box.put(self.future, error)
