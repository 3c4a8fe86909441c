# SPDX-License-Identifier: Apache-2.0
"""The history of the tables of people, one step a file; steps that have been released are never edited."""
