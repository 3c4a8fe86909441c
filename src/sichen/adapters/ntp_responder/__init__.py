# SPDX-License-Identifier: Apache-2.0
"""An NTP responder for many clients: batches of requests answered by one compiled loop."""

from sichen.adapters.ntp_responder.server import Accounts, NtpResponder, Tally

__all__ = ["Accounts", "NtpResponder", "Tally"]
