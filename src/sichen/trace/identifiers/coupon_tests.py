# SPDX-License-Identifier: Apache-2.0
"""Tests of North American coupon fields: numbers whose lengths stand before them."""

from sichen.trace.identifiers.calendar_tests import short_date

PREFIX_EXTRA = 6
OFFER_CODE = 6
FAMILY_CODE = 3
NO_PREFIX = "9"
REQUIREMENT_CODES = "012349"


class _WrongError(Exception):
    pass


class _Reader:
    """Takes counted digits from the front and stops at the first that cannot be right."""

    def __init__(self, digits: str) -> None:
        self.rest = digits

    def take(self, count: int) -> str:
        if len(self.rest) < count:
            raise _WrongError
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def one_of(self, allowed: str) -> str:
        found = self.take(1)
        if found not in allowed:
            raise _WrongError
        return found

    def counted(self, allowed: str, extra: int = 0) -> str:
        return self.take(int(self.one_of(allowed)) + extra)

    def begins(self, digit: str) -> bool:
        if not self.rest.startswith(digit):
            return False
        self.rest = self.rest[1:]
        return True


def coupon(value: str) -> str | None:
    """Field 8110: offer, purchase requirements, dates, serial number, retailer and values in this order [1]_.

    References
    ----------
    .. [1] GS1 US, North American Coupon Application Guideline Using GS1 DataBar Expanded Symbols.
    """
    return _judge(value, _read_coupon)


def coupon_offer(value: str) -> str | None:
    """Field 8112: format, funder, offer and serial number [1]_.

    References
    ----------
    .. [1] GS1 AI (8112) Coupon Data Specification.
    """
    return _judge(value, _read_offer)


def _judge(value: str, read: object) -> str | None:
    if not (value.isascii() and value.isdigit()) or not callable(read):
        return "coupon"
    reader = _Reader(value)
    try:
        read(reader)
    except _WrongError:
        return "coupon"
    return "coupon" if reader.rest else None


def _read_offer(reader: _Reader) -> None:
    reader.one_of("01")
    reader.counted("0123456", PREFIX_EXTRA)
    reader.take(OFFER_CODE)
    reader.counted("0123456789", PREFIX_EXTRA)


def _read_coupon(reader: _Reader) -> None:
    reader.counted("0123456", PREFIX_EXTRA)
    reader.take(OFFER_CODE)
    reader.counted("12345")
    _read_requirement(reader)
    if reader.begins("1"):
        reader.one_of("0123")
        _read_requirement(reader)
        _read_other_prefix(reader)
    if reader.begins("2"):
        _read_requirement(reader)
        _read_other_prefix(reader)
    ends = _read_date(reader, "3")
    starts = _read_date(reader, "4")
    if ends and starts and ends < starts:
        raise _WrongError
    if reader.begins("5"):
        reader.counted("0123456789", PREFIX_EXTRA)
    if reader.begins("6"):
        reader.counted("1234567", PREFIX_EXTRA)
    if reader.begins("9"):
        reader.one_of("01256")
        reader.one_of("012")
        reader.take(1)
        reader.one_of("01")


def _read_requirement(reader: _Reader) -> None:
    reader.counted("12345")
    reader.one_of(REQUIREMENT_CODES)
    reader.take(FAMILY_CODE)


def _read_other_prefix(reader: _Reader) -> None:
    length = reader.one_of("0123456" + NO_PREFIX)
    if length != NO_PREFIX:
        reader.take(int(length) + PREFIX_EXTRA)


def _read_date(reader: _Reader, mark: str) -> str:
    if not reader.begins(mark):
        return ""
    date = reader.take(6)
    if short_date(date):
        raise _WrongError
    return date
