import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { createClient } from 'graphql-ws';
import { BASE } from './base.js';
import VIEWER from './queries/viewer.graphql?raw';

const HTTP_URL = `${BASE}/graphql`;
const SOCKET_URL = `${location.origin.replace(/^http/, 'ws')}${HTTP_URL}`;

/** Queries go over HTTP, subscriptions over graphql-transport-ws; both carry the token. `onRefused`: the token is no longer good. */
export function signedInFetcher(token, onRefused) {
  const socket = createClient({
    url: SOCKET_URL,
    lazy: true,
    connectionParams: { Authorization: `Bearer ${token}` },
    on: { closed: event => (event.code === 4401 || event.code === 4403) && onRefused() },
  });
  const fetcher = createGraphiQLFetcher({
    url: HTTP_URL,
    wsClient: socket,
    enableIncrementalDelivery: false,
    fetch: async (url, init) => {
      const response = await fetch(url, { ...init, headers: { ...init.headers, Authorization: `Bearer ${token}` } });
      if (await saysSignIn(response)) onRefused();
      return response;
    },
  });
  return { fetcher, close: () => socket.dispose() };
}

/** The name and role behind a token, or null. */
export async function whoIs(token) {
  return (await ask(token, VIEWER)).data?.viewer ?? null;
}

/** The whole answer of one operation: `data` and, where something went wrong, `errors`. */
export async function ask(token, query, variables = {}) {
  const response = await fetch(HTTP_URL, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  return response.json();
}

async function saysSignIn(response) {
  if (response.status === 401) return true;
  const body = await response.clone().json().catch(() => null);
  return Boolean(body?.errors?.some(error => error.extensions?.code === 'UNAUTHENTICATED'));
}
