# SPDX-License-Identifier: Apache-2.0
"""Sixteen bytes in one register of the processor, and its AES instructions on them."""
