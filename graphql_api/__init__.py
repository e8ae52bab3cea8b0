"""What clients see.

`app.py` puts it together: `/graphql` over HTTP and SSE (`endpoint.py`) and over WebSocket (`websocket.py`), the pages
(`pages.py`), sign-in (`auth.py`, `tokens.py`), files behind signed links (`downloads.py`), what is published about them
(`published.py`) and health (`health.py`); `server.py` runs it. All ways in meet in one schema (`operations.py` says how
an operation runs): every operation gets a fresh `Context` with the viewer of that moment, is measured against
`limits.py` before it starts, and has its errors put into words by `masking.py`. The types of the schema are files of
their own, one noun each; their resolvers take arguments, call one function of `resolvers/` and return a type. Anonymous
visitors reach sign-in, health, the static pages and what is published, nothing else.
"""
