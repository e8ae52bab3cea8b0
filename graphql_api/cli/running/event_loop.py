"""The event loop of the web server."""

import asyncio


def serving_loop() -> asyncio.AbstractEventLoop:
    """uvloop's, where there is one for the system; else Python's own."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()
