# SPDX-License-Identifier: Apache-2.0
"""The report of a valuation under the headings of ISO 10668, in Chinese and English, every input with its source."""

from sichen.brand.report.page import report_html
from sichen.brand.report.sections import Section, Table, report_sections

__all__ = ["Section", "Table", "report_html", "report_sections"]
