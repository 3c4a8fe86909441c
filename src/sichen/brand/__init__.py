# SPDX-License-Identifier: Apache-2.0
"""Brand: what it is worth, how strong it is, why people choose it; each figure with its evidence."""
