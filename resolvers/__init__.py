"""What the product knows: plain async functions (session, viewer, …) → plain objects. No GraphQL, HTTP or Redis.

Numbers: `metrics` is the registry, `facts` the statements behind it (in the pieces of `spine`), `counting` runs them,
`measure` is the one way to a figure, `parts` what is kept so that reading is quick, `policies` and `periods` what
figures depend on. Rights: `viewers` says who asks, `scope` what they may see. What there is: `subjects` with their
`kinship`; `reports` with `report_generation`, `report_data` (what is stored) and `report_content` (what its reader may
see of it, as `report_reading` reads it); `runs`, `exports`, `accounts`; `branding` is how a school's files look. What
is asked of many at once: `compare`, `ranking`. How data comes in: `bundle` imports it, `demo` makes some up.

What happens by itself: `schedules` come from `schedule_drafts`; `recurrence`, `school_days` and `due_slots` say when
they fall due, `recipients` who is told, `slot_reports` and `slot_exports` what of; `schedule_slots` is their history.
`alert_rules` come from `rule_drafts`; `rule_findings` is what one holds of now, `rule_occurrences` since when. What
schedules and rules share (rights, lists, limits) is `standing`.
`alerts` are rows numbered per account, `alert_preferences` how each wants them, `alert_words` what they say to their
reader, `alert_messages` and `digests` which `deliveries` follow; `webhooks` go to what `call_addresses` lets be called.
"""
