"""What the product knows: plain async functions (session, viewer, …) → plain objects. No GraphQL, HTTP or Redis.

Numbers are metrics/: `registry` has the metrics, `facts` the statements behind them, `counting` runs those, `measure`
is the one way to a figure, `sums` what is kept so that reading is quick. Rights are access/: `roles` is the table of
roles, `scope` the SQL of what a viewer may see. subjects/ looks subjects up, reports/ generates, stores and reads
reports. bundle/ imports source data, demo/ makes some up. calendar/ knows days, core/ what all are looked up with.

What happens by itself: schedules/ (drafts, slots, what each is to do), alerts/ (rules, what they find, what alerts
say) and deliveries/ (whom messages go to). exports/ are files that were asked for, schools/ what a school sets for
itself.
"""
