"""The recorder: proves that a large refactoring changed nothing that anybody outside can see.

    python -m tests.recorded prepare DATA [--tree CHECKOUT]
    python -m tests.recorded record BEFORE --tree CHECKOUT --data DATA
    python -m tests.recorded record AFTER --tree OTHER-CHECKOUT --data DATA
    python -m tests.recorded compare BEFORE AFTER

`prepare` makes the demo's college at a small scale and a few hundred reports of all kinds, and pauses what would fall
due by the clock. `record` serves a copy of that data from a checkout, so that the same bytes go in each time, and
keeps what comes out, whole, a file each: operations by all seven roles (the documents below `operations/`, refusals
and changes among them), requests no good client sends, streams and sockets, every report, files in all formats and
several languages, pages, and commands. `compare` takes away what no two recordings can share (`rules` has each rule
with its reason: moments of the recording, random ids, lengths of time) and says what is left to differ; exit 1 if
anything is.

It knows the product from outside only: the command line, run in the checkout with its code, and HTTP. So it runs
unchanged on checkouts whose modules have moved. Keep the recordings of one comparison within one day: on another day
operations with named periods, which follow the calendar, are left out. No part of it is collected by pytest.
"""
