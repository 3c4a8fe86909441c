# SPDX-License-Identifier: Apache-2.0
"""How messages travel: by UDP over IPv4, or as frames of Ethernet."""

from sichen.core import DataError, Message
from sichen.timebase.ptp.messages import Kind

EVENT_PORT, GENERAL_PORT = 319, 320
GROUP, PEER_GROUP = "224.0.1.129", "224.0.0.107"
GROUP_ADDRESS, PEER_ADDRESS = bytes.fromhex("011b19000000"), bytes.fromhex("0180c200000e")
ETHERTYPE, VLAN = 0x88F7, 0x8100
ADDRESSES = 12
SMALLEST = 60
"""Bytes of a frame of Ethernet without its check sum; shorter ones are filled up."""
_PEER = {Kind.PDELAY_REQ, Kind.PDELAY_RESP, Kind.PDELAY_RESP_FOLLOW_UP}


def udp_place(kind: int) -> tuple[str, int]:
    """Return group and port that a message goes to over IPv4.

    Examples
    --------
    >>> udp_place(Kind.SYNC), udp_place(Kind.ANNOUNCE)
    (('224.0.1.129', 319), ('224.0.1.129', 320))
    """
    return (PEER_GROUP if kind in _PEER else GROUP), (EVENT_PORT if kind <= Kind.PDELAY_RESP else GENERAL_PORT)


def ethernet_frame(message: bytes, *, source: bytes) -> bytes:
    """Return the frame that carries a message.

    Parameters
    ----------
    message : bytes
    source : bytes, 6
        Address of the interface.
    """
    group = PEER_ADDRESS if message[0] & 15 in _PEER else GROUP_ADDRESS
    return (group + source + ETHERTYPE.to_bytes(2, "big") + message).ljust(SMALLEST, b"\0")


def from_ethernet(frame: bytes) -> bytes:
    """Return what a frame carries, with its filling; tags of virtual networks are passed over.

    Raises
    ------
    DataError
        If it carries something else.
    """
    at = ADDRESSES
    while frame[at : at + 2] == VLAN.to_bytes(2, "big"):
        at += 4
    if frame[at : at + 2] != ETHERTYPE.to_bytes(2, "big"):
        raise DataError(Message("timebase.ptp.not_ptp"))
    return frame[at + 2 :]
