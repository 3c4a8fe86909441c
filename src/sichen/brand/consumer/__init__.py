# SPDX-License-Identifier: Apache-2.0
"""What people know, think and buy: surveys with intervals, waves, norms, maps, segments, mentions."""
