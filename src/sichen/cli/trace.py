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

app.command("sichen.cli.trace_passport:passport", name="passport", help="The passport of a watch, as a role may see it.")
for _verb, _help in (
    ("commission", "Give a watch or a movement its identity."),
    ("assemble", "Note which lots went into a movement."),
    ("case", "Put parts into a watch, or take them out."),
    ("ship", "Note who has a watch now."),
    ("sell", "Sell a watch: its warranty begins."),
    ("owner-key", "Print an owner's key for one watch."),
    ("hand-over", "Hand a watch over to its next owner."),
    ("service", "Write an entry of the service book."),
    ("lose", "Report a watch lost or stolen."),
    ("find", "Report a missing watch found."),
    ("remedy", "Note that a recalled watch was put right."),
    ("correct", "Declare that an event was an error."),
    ("extract", "Write an extract of the archives."),
    ("retire", "Note the end of a watch."),
    ("bind-tag", "Note which NFC tag is in a watch."),
):
    app.command(f"sichen.cli.trace_life:{_verb.replace('-', '_')}", name=_verb, help=_help)
