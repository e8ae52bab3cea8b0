"""The fault test, which a person can run: `make faults`, or `python -m tests.faults --help`.

A small school, servers of its own, some workers in processes of their own, and work that is asked for all the time:
runs, exports, and a task whose effect is a line in a ledger. Meanwhile workers are killed and stopped, Redis is
flushed, restarted and taken away, PostgreSQL is crashed and started again (`trouble`); and in the second in which many
schedules fall due (`due_together`), all workers are killed. Then everything is counted
(`ledger`): what was accepted has ended well or with a reason, every effect is there once, and the work of killed
workers was taken up in time. A journal kept by a trigger says which worker had which job when (`journal`).
"""
