# SPDX-License-Identifier: Apache-2.0
"""Accounts: where people, their sessions and their requests are kept, and what is done with them."""
