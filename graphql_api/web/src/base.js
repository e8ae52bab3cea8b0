/** What stands before the paths of Rollcall on this host, such as /rollcall; empty where it has the host to itself. */
export const BASE = location.pathname.replace(/\/(graphiql\/?|open\/[^/]*)$/, '');
