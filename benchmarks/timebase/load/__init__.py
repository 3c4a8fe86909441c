# SPDX-License-Identifier: Apache-2.0
"""A generator of NTP load for servers on this computer: bounded in count, compiled so that it does not limit them."""
