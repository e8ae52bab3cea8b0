"""What clients see.

`app.py` puts it together: `/graphql` over HTTP and SSE and over WebSocket, the pages, sign-in, files behind signed
links, what is published about them, and health; http/ has the ways in, and all of them meet in one schema
(operations/ says how one is run, limited and answered).

`schema.py` is the schema: a mixin of fields for each noun, from the noun's room. core/ is what all of them are
written with. A noun declares what its fields load together in its `loaders.py`; of two nouns that lead to each other,
the upper room joins its field to the type below (`of_subjects.py`, `of_reports.py`). cli/ is the command line.
"""
