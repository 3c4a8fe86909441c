# SPDX-License-Identifier: Apache-2.0
"""The command line: noun, then verb. It translates; the packages decide and the adapters do."""
