# SPDX-License-Identifier: Apache-2.0
"""The tree of commands: a noun, then a verb. A command is imported when somebody uses it."""

from cyclopts import App

from sichen import __version__

app = App(
    name="sichen",
    help="Sichen (司辰): from the second to the brand. Without words it opens the workbench.",
    version=__version__,
    help_format="plaintext",
)


@app.default
def workbench() -> int:
    """Prepare the demonstration data where there is none, open the workbench and print its address."""
    from sichen.cli.serve import workbench as open_workbench

    return open_workbench()


app.command("sichen.cli.bench:app", name="bench", help="Measure watches: recordings, beats, quartz, live sound.")
app.command("sichen.cli.stability:app", name="stability", help="Allan deviations and their kin, MTIE, time error.")
app.command("sichen.cli.timebase:app", name="time", help="Standard time from many sources: serve, simulate, hold over.")
app.command("sichen.cli.conformity:app", name="conformity", help="Standards, plans, verdicts, certificates.")
app.command(
    "sichen.cli.trace:app", name="trace", help="Passports of watches: addresses, tags, events, the ledger, bundles for owners."
)
app.command("sichen.cli.laboratory:app", name="laboratory", help="A test laboratory: cases, stations, instruments.")
app.command("sichen.cli.brand:app", name="brand", help="Value, strength, consumers and choice.")
app.command("sichen.cli.people:app", name="people", help="Accounts of the workbench: add, list, roles, passwords, erase.")
app.command("sichen.cli.people:audit", name="audit", help="Who was let in, and what was done with accounts.")
app.command(
    "sichen.cli.industry:app", name="industry", help="Targets of the policy, statistics that contradict each other, registers."
)
app.command("sichen.cli.records:why", name="why", help="Open a figure down to raw data.")
app.command("sichen.cli.chain:chain", name="chain", help="Show a figure's way from the industry down to the second.")
app.command("sichen.cli.records:verify", name="verify", help="Prove that records, raw data or a bundle are unchanged.")
app.command("sichen.cli.records:records", name="records", help="List the records of the data folder.")
app.command("sichen.cli.serve:serve", name="serve", help="Run the workbench and its API.")
app.command("sichen.cli.demo:demo", name="demo", help="Prepare the demonstration data.")
app.command("sichen.cli.settings:app", name="config", help="Show and check the configuration.")
