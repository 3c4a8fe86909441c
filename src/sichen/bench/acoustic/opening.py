# SPDX-License-Identifier: Apache-2.0
"""Which beat was the first in the recording: it is called a tick, and the sign of the beat error follows from it."""

import numpy as np

from sichen.bench.acoustic.combine import Mix
from sichen.bench.acoustic.frontend import COARSE, FrontEnd
from sichen.bench.acoustic.line import Line
from sichen.bench.acoustic.search import LONGEST_FINE, sound_between
from sichen.bench.acoustic.timing import Packet, Profile, excess, likelihoods

BEFORE, AFTER = 4, 6
"""Beats before and after the one that counts as the first so far, among which the first is looked for."""
USUAL = 40
"""Beats that tell how loud a beat usually is."""


def first_beat(front: FrontEnd, line: Line, mix: Mix, profile: Profile) -> int:
    """Return the number of the first beat whose sounds lie in the recording, as `line` counts.

    Parameters
    ----------
    front : FrontEnd
    line : Line
    mix : Mix
    profile : Profile
        The packets of this watch.

    Returns
    -------
    int
        0 when the beginning is no longer remembered.

    Notes
    -----
    The recording may begin before the watch is laid on the microphone. Before the first beat there is noise, after it
    every beat is as loud as usual: the most likely first is the one from which the sum of the beats' loudness, each
    less half of the usual, is greatest. Even where a single beat drowns, a few after it decide.
    """
    rate = front.bank.rate
    last = min(AFTER + USUAL, int(0.8 * LONGEST_FINE / line.interval))
    span = line.times(np.array([-BEFORE - 1, last + 1]))
    start = int(max(0.0, span[0]) * rate) // COARSE * COARSE
    stop = min(front.fine.end, int(span[1] * rate)) // COARSE * COARSE
    if start < front.fine.base or stop <= start:
        return 0
    sound, _ = sound_between(front, line, start, stop, mix)
    packet = Packet(profile, excess(profile, sound.shape), np.zeros(2))
    numbers = np.arange(-BEFORE, last + 1)
    rows = likelihoods(sound, packet, line, numbers, reach=0.0)
    weights = sound.shape * packet.above / (1 + packet.above)
    noise = weights.sum(axis=1) * profile.cell * rate
    loudness = rows[:, rows.shape[1] // 2] - noise[numbers % 2]
    usual = float(np.nanmedian(loudness[numbers >= 0])) if np.isfinite(loudness[numbers >= 0]).any() else 0.0
    near = (numbers <= AFTER) & np.isfinite(loudness)
    if usual <= 0 or not near.any():
        return 0
    gain = np.cumsum((np.minimum(loudness[near], usual) - 0.5 * usual)[::-1])[::-1]
    return int(numbers[near][np.argmax(gain)])
