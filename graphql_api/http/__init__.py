"""How requests come in and answers go out: server, endpoint, sign-in, socket, pages, health."""
