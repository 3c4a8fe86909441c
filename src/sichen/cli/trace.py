# SPDX-License-Identifier: Apache-2.0
"""``sichen trace``: identifiers, tags, recall. A command is imported when somebody uses it."""

from cyclopts import App

app = App(name="trace", help="Identifiers, tags, genealogy: what a watch is made of and where it went.")

app.command("sichen.cli.trace_identifiers:link", name="link", help="GS1 Digital Links: parse, build, compress, decompress.")
app.command("sichen.cli.trace_identifiers:sun", name="sun", help="NFC tags: check what a tap sent.")
app.command("sichen.cli.trace_identifiers:code", name="code", help="Codes to print: QR and Data Matrix.")
app.command("sichen.cli.trace_genealogy:recall", name="recall", help="Every watch that contains a lot, and who has it.")
