# SPDX-License-Identifier: Apache-2.0
"""Network Time Security (RFC 8915): records, cookies, sealed packets. No sockets and no TLS: adapters do those."""

from sichen.timebase.nts.cookies import CookieJar, Keys
from sichen.timebase.nts.fields import Asked, believed, is_refusal, sealed_answer, sealed_request
from sichen.timebase.nts.records import (
    ALPN,
    COOKIES,
    KEY_SIZE,
    LABEL,
    LONGEST,
    Agreed,
    answer_records,
    exporter_context,
    read_answer_records,
    request_records,
    whole,
)

__all__ = [
    "ALPN",
    "COOKIES",
    "KEY_SIZE",
    "LABEL",
    "LONGEST",
    "Agreed",
    "Asked",
    "CookieJar",
    "Keys",
    "answer_records",
    "believed",
    "exporter_context",
    "is_refusal",
    "read_answer_records",
    "request_records",
    "sealed_answer",
    "sealed_request",
    "whole",
]
