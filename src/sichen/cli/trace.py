# SPDX-License-Identifier: Apache-2.0
"""``sichen trace``: the root of its commands; each family is a module of its own, imported when somebody uses it."""

from cyclopts import App

app = App(name="trace", help="Passports of watches: addresses, tags, events, the ledger, bundles for owners.")

app.command("sichen.cli.trace_epcis:capture", name="capture", help="Capture EPCIS documents.")
app.command("sichen.cli.trace_epcis:events", name="events", help="List captured events.")
app.command("sichen.cli.trace_epcis:hash_file", name="hash", help="Event hash IDs of a document.")
app.command("sichen.cli.trace_bundle:bundle", name="bundle", help="Write the proof of one watch into a file.")
app.command("sichen.cli.trace_ledger:app", name="ledger", help="The log nobody can rewrite: state, keys, backups, witnesses.")
app.command("sichen.cli.trace_merkle:app", name="merkle", help="Proofs of Merkle trees.")
app.command("sichen.cli.trace_bundle:seal", name="seal", help="Take the records that are not in the log yet into it.")
app.command("sichen.cli.trace_bundle:verifier", name="verifier", help="Write the page that verifies bundles without a network.")
app.command("sichen.cli.trace_identifiers:link", name="link", help="GS1 Digital Links: parse, build, compress, decompress.")
app.command("sichen.cli.trace_identifiers:sun", name="sun", help="NFC tags: check what a tap sent.")
app.command("sichen.cli.trace_identifiers:code", name="code", help="Codes to print: QR and Data Matrix.")
app.command("sichen.cli.trace_genealogy:recall", name="recall", help="Every watch that contains a lot, and who has it.")
