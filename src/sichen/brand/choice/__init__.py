# SPDX-License-Identifier: Apache-2.0
"""Choice: what people take of what is offered, and what of it is the brand."""
