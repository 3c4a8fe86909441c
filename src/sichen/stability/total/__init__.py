# SPDX-License-Identifier: Apache-2.0
"""The statistics that wring the longest averaging times from a record: modified and Hadamard total, and Theo1."""

from sichen.stability.total.extended import total_sums
from sichen.stability.total.theo import theo1_sums, theo1_with_gaps

__all__ = ["theo1_sums", "theo1_with_gaps", "total_sums"]
