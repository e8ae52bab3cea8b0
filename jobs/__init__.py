"""What happens later: the durable queue, the worker, and one task a file.

Work is a row of `job` in PostgreSQL, written by `Queue.enqueue` in the transaction that asks for it; Redis carries
only a hint that wakes a worker (queue/), so losing Redis loses nothing. A worker claims the most urgent due row with
a lease and a fence, runs the task of its kind while a heartbeat extends the lease (work/), and leaves the row
SUCCEEDED, FAILED with a sentence, or QUEUED again with back-off. A row whose worker died is swept up by any other.
What may begin beside what is running is decided by `lanes`: some kinds have a few slots at most, and one is kept for
people who wait. `cancelling` ends a job with the row it works for; `tidying` removes what nobody needs any more.

The clock is schedules/scheduler: it writes down the slots that have fallen due; `schedule_run` takes a slot on step
by step, woken by alerts/ended when its run or its files are over; `slot_telling` tells its recipients. alerts/ checks
rules and feeds listeners; deliveries/ raises alerts, sends each message and writes down every attempt.

The folder is the registry: a module with `TASK = Task(kind="report.generate", run=run)` is a kind of job. A task
takes ids, reads the rows again, writes only inside `work.fenced()` and is safe to run twice.

A file is made by exports/ (`plan` says what it is going to be and reads its reports portion by portion); exporters/
makes them documents; rendering/ writes it in a child process, so that the event loop never waits for one.
"""
