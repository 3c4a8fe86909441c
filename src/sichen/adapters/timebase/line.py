# SPDX-License-Identifier: Apache-2.0
"""A serial line, a pseudo-terminal, a pipe or a file: bytes in and out, and the lines RTS and DTR."""

import contextlib
import fcntl
import os
import select
import stat
import struct
import termios
import tty
from pathlib import Path
from types import TracebackType
from typing import Self

from sichen.adapters.named_files import shown
from sichen.core import ConfigError, Message, SourceError

PIECE = 4096


class SerialLine:
    """An open line.

    Parameters
    ----------
    path : Path
        A device, a pseudo-terminal, a pipe, or a file that is written to at its end.
    baud : int
    writing : bool
        To write to; a file that is missing is made then.

    Raises
    ------
    SourceError
        If it cannot be opened.
    ConfigError
        If the line knows no such rate.
    """

    def __init__(self, path: Path, *, baud: int = 9600, writing: bool = False) -> None:
        self.path = path
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT if writing else os.O_RDONLY
        try:
            if path.exists() and stat.S_ISCHR(path.stat().st_mode):
                flags = os.O_RDWR
            self._handle = os.open(path, flags | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC, 0o644)
        except (OSError, ValueError) as error:
            raise SourceError(Message("adapters.time.line", path=shown(path), problem=str(error))) from error
        self.is_terminal = os.isatty(self._handle)
        if self.is_terminal:
            self._set(baud)

    def _set(self, baud: int) -> None:
        rate = getattr(termios, f"B{baud}", None)
        if rate is None:
            os.close(self._handle)
            raise ConfigError(Message("adapters.time.baud", path=shown(self.path), baud=baud))
        tty.setraw(self._handle)
        attributes = termios.tcgetattr(self._handle)
        attributes[2] |= termios.CLOCAL | termios.CREAD
        attributes[4] = attributes[5] = rate
        termios.tcsetattr(self._handle, termios.TCSANOW, attributes)
        # What waited here since before was said at another time: taken now it would be a reading that is seconds late.
        termios.tcflush(self._handle, termios.TCIFLUSH)

    def read(self, patience: float) -> bytes | None:
        """Return what has come, empty when nothing did within `patience` seconds, None at the end.

        Raises
        ------
        SourceError
            If the line fails, for instance because it was unplugged.
        """
        try:
            ready, _, _ = select.select([self._handle], [], [], patience)
            if not ready:
                return b""
            return os.read(self._handle, PIECE) or None
        except BlockingIOError:
            return b""
        except OSError as error:
            raise SourceError(Message("adapters.time.line", path=shown(self.path), problem=str(error))) from error

    def write(self, data: bytes) -> None:
        """Send bytes.

        Raises
        ------
        SourceError
            If the line takes none: nobody reads at its other end, or it was unplugged.
        """
        try:
            while data:
                data = data[os.write(self._handle, data) :]
        except OSError as error:
            raise SourceError(Message("adapters.time.line", path=shown(self.path), problem=str(error))) from error

    def drive(self, line: str, *, on: bool) -> None:
        """Set RTS or DTR.

        Raises
        ------
        SourceError
            If this line has none, as a file or a pseudo-terminal.
        """
        bit = struct.pack("i", termios.TIOCM_RTS if line == "RTS" else termios.TIOCM_DTR)
        try:
            fcntl.ioctl(self._handle, termios.TIOCMBIS if on else termios.TIOCMBIC, bit)
        except OSError as error:
            raise SourceError(Message("adapters.time.no_modem_lines", path=shown(self.path), line=line)) from error

    def close(self) -> None:
        """Let go of it."""
        with contextlib.suppress(OSError):
            os.close(self._handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
