"""What Rollcall costs, measured beside peers on the same data in the same run: `python -m benchmarks [NAME …]`.

The demo college is made and loaded once per scale, into servers of our own below BENCHMARKS_OF_ROLLCALL (default
.rollcall/bench); nobody else's data is touched. A benchmark is one file with a function `comparisons(stage)`: each
comparison has something of Rollcall's and the peers beside it, run in turn, so that whatever else the machine does hits
all of them. What counts is the ratio; rows per second are of this machine.

- `stage` has the servers, the bundle and the databases; `comparing` runs and counts; `showing` prints
- `importing`, `generating`, `querying`, `alerting` and `scheduling` are the benchmarks; `peers/` is what some are
  compared with
- `serving` and `client` are processes of their own; `statements` counts SQL
"""
