# SPDX-License-Identifier: Apache-2.0
"""``sichen bench``: the verbs of the timing bench, each imported when it is used."""

from cyclopts import App

app = App(name="bench", help="Measure watches: recordings, beats, quartz, live sound.")

app.command("sichen.cli.bench_measure:measure", name="measure", help="Measure recordings of ticking watches and clocks.")
app.command("sichen.cli.bench_events:events", name="events", help="Analyse lists of beat times.")
app.command("sichen.cli.bench_series:series", name="series", help="Put readings in several positions together.")
app.command("sichen.cli.bench_events:run", name="run", help="Analyse a run of hours or days.")
app.command("sichen.cli.bench_quartz:quartz", name="quartz", help="Measure recordings of quartz watches.")
app.command("sichen.cli.bench_live:live", name="live", help="Listen to a watch at the sound card.")
app.command("sichen.cli.bench_synth:synth", name="synth", help="Make a recording of a watch with its exact truth.")
app.command(
    "sichen.cli.bench_synth:synth_quartz", name="synth-quartz", help="Make a recording of a quartz watch with its truth."
)
