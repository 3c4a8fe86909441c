# SPDX-License-Identifier: Apache-2.0
"""Sound as it happens, from the sound card, by PortAudio (extra ``[audio]``)."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType, TracebackType
from typing import Any, Self

import numpy as np

from sichen.bench import Samples
from sichen.core import ConfigError, Message, SourceError


@dataclass(frozen=True)
class InputDevice:
    """A sound input of this computer."""

    number: int
    name: str
    channels: int
    sample_rate: float


class LiveInput:
    """An open sound input: a `SampleStream` that ends when it is closed.

    Use it in a ``with`` block. Unlike a file it cannot be heard twice: `chunks` goes on where it stopped.

    Parameters
    ----------
    stream : sounddevice.InputStream
        Started.
    device : InputDevice
    """

    def __init__(self, stream: Any, device: InputDevice) -> None:  # noqa: ANN401 - sounddevice ships no types
        self._stream = stream
        self._heard = 0
        self._overflows = 0
        self.device = device

    @property
    def sample_rate(self) -> float:
        """Frames a second that the driver reports for the open stream, which need not be what was asked for."""
        return float(self._stream.samplerate)

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self._stream.channels)

    @property
    def frames(self) -> None:
        """Nobody knows how long it will last."""
        return

    @property
    def heard(self) -> int:
        """Frames delivered so far."""
        return self._heard

    @property
    def overflows(self) -> int:
        """How often sound was lost because it was not fetched in time; after each the time axis has a gap."""
        return self._overflows

    def chunks(self) -> Iterator[Samples]:
        """Yield the sound as it comes, a tenth of a second at a time, until the input is closed.

        Yields
        ------
        ndarray of float32, shape (frames, channels)

        Raises
        ------
        SourceError
            If the device fails, for instance because it was unplugged.
        """
        length = max(1, round(self.sample_rate / 10))
        while not self._stream.closed:
            try:
                samples, lost = self._stream.read(length)
            except _portaudio().PortAudioError as error:
                if self._stream.closed:
                    return
                raise SourceError(Message("adapters.live.failed", problem=str(error))) from error
            self._overflows += bool(lost)
            self._heard += len(samples)
            yield np.array(samples, dtype=np.float32)

    def close(self) -> None:
        """Stop listening; `chunks` ends. To be called from the thread that listens: PortAudio asks for that."""
        self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def input_devices() -> tuple[InputDevice, ...]:
    """Return the sound inputs of this computer; empty when it has none.

    Raises
    ------
    ConfigError
        If sounddevice or PortAudio is not installed.
    """
    return tuple(
        InputDevice(number, str(row["name"]), int(row["max_input_channels"]), float(row["default_samplerate"]))
        for number, row in enumerate(_portaudio().query_devices())
        if row["max_input_channels"] > 0
    )


def live_input(*, device: str | int | None = None, sample_rate: float = 48_000, channels: int = 1) -> LiveInput:
    """Open a sound input.

    Parameters
    ----------
    device : str or int, optional
        Part of its name, or its number, as `input_devices` lists them; the system's choice by default.
    sample_rate : float > 0, default 48000
        Asked for, in frames a second; what the driver reports stands in the result.
    channels : int >= 1, default 1

    Returns
    -------
    LiveInput

    Raises
    ------
    ConfigError
        If sounddevice or PortAudio is not installed, or no input has that name.
    SourceError
        If there is no input, or it refuses the rate or the channels.
    """
    portaudio = _portaudio()
    chosen = _choose(device, portaudio)
    try:
        stream = portaudio.InputStream(device=chosen.number, samplerate=sample_rate, channels=channels, dtype="float32")
        stream.start()
    except (portaudio.PortAudioError, ValueError) as error:
        raise SourceError(Message("adapters.live.failed", problem=str(error))) from error
    return LiveInput(stream, chosen)


def _choose(device: str | int | None, portaudio: ModuleType) -> InputDevice:
    known = input_devices()
    if not known:
        raise SourceError(Message("adapters.live.no_device"))
    if device is None:
        standard = portaudio.default.device[0]
        return next((found for found in known if found.number == standard), known[0])
    for found in known:
        if device == found.number or (
            isinstance(device, str) and (device.lower() in found.name.lower() or device == str(found.number))
        ):
            return found
    listed = "; ".join(f"{found.number} {found.name}" for found in known)
    raise ConfigError(Message("adapters.live.unknown_device", device=device, known=listed))


def _portaudio() -> ModuleType:
    try:
        import sounddevice
    except ImportError as error:
        raise ConfigError(Message("adapters.live.no_sounddevice")) from error
    except OSError as error:
        raise ConfigError(Message("adapters.live.no_portaudio", problem=str(error))) from error
    module: ModuleType = sounddevice
    return module
