"""What happens later: the durable queue, the worker, and one task per file.

Work is a row of `job` in PostgreSQL, written by `Queue.enqueue` in the transaction that asks for it; Redis carries only
a hint that wakes a worker (`queue`), so losing Redis loses nothing. A worker claims the most urgent due row with a
lease and a fence (`claims`), runs the task of its kind while a heartbeat extends the lease (`running`), and leaves the
row SUCCEEDED, FAILED with a sentence, or QUEUED again with back-off. A row whose worker died is swept up by any other
(`slots`, `worker`). What may begin beside what is running is decided by `lanes`: some kinds have a few slots at most,
and one is kept for people who wait. `cancelling` ends a job with the row it works for.

The clock is `scheduler`: it writes down the slots of schedules that have fallen due; `due_rules` queues the checks of
alert rules (`check_rules`; `touched_rules` after an import). `schedule_run` takes a slot on step by step, woken by
`ended` when its run or its files are over; `slot_telling` tells its recipients. `alerting` raises alerts and plans what
follows from them; `delivering` and `mailing` send each message (`mail_content`, `email`, `mail_server`;
`webhook_content`, `webhook_call`) and write down every attempt. `tidying` removes what nobody needs any more.

The folder is the registry (`tasks`): a module with `TASK = Task(kind="report.generate", run=run)` is a kind of job. A
task takes ids, reads the rows again, writes only inside `work.fenced()` and is safe to run twice. `bus` wakes whoever
listens in other processes.

A file is made by `export` (of many reports by `export_long`, in a lane of its own): `export_plan` says what it is going
to be and reads its reports portion by portion, `documents` makes them into what exporters/ takes, `styles` adds the
house style of the school, which `branding` changes, and `rendering` writes it in a child process, so that the event
loop never waits for one.
"""
