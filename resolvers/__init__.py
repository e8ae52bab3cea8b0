"""What the product knows: plain async functions (session, viewer, …) → plain objects. No GraphQL, HTTP or Redis.

Numbers: `metrics` is the registry, `facts` the statements behind it (in the pieces of `spine`), `counting` runs them,
`measure` is the one way to a figure, `parts` what is kept so that reading is quick, `policies` and `periods` what
figures depend on. Rights: `viewers` says who asks, `scope` what they may see. What there is: `subjects` with their
`kinship`; `reports` with `report_generation`, `report_data` (what is stored) and `report_content` (what its reader may
see of it); `runs`, `exports`, `accounts`. What is asked of many at once: `compare`, `ranking`. How data comes in:
`bundle` imports it, `demo` makes some up.
"""
