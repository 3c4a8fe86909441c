# SPDX-License-Identifier: Apache-2.0
"""Questions about events: parameters, what they mean for one event, and the same in SQL."""
