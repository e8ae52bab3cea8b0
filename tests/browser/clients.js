// What a front end does with Rollcall, by each client that people use. In the page: `window.clients(address, token)`.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { createClient as sseClient } from 'graphql-sse';
import { createClient as socketClient } from 'graphql-ws';

const VIEWER = 'query Viewer { viewer { name role } }';
const EXPORT = `mutation Export($report: ID!, $format: ExportFormat!) {
  exportRequest(input: { report: $report, format: $format }) { export { id state } userErrors { message } } }`;
const PROGRESS = 'subscription Progress($id: ID!) { exportProgress(id: $id) { state downloadUrl } }';

window.clients = (address, token) => {
  const url = `${address}/graphql`;
  const headers = { Authorization: `Bearer ${token}` };
  // how each request of a client went out, and what came back
  const requests = [];
  const watched = async (input, init) => {
    const response = await fetch(input, init);
    requests.push(`${init?.method ?? 'GET'} ${response.status}`);
    return response;
  };
  const socket = socketClient({ url: url.replace(/^http/, 'ws'), connectionParams: headers, retryAttempts: 0 });
  const events = sseClient({ url, headers, retryAttempts: 0 });
  const urql = (...exchanges) => new Client({ url, fetch: watched, fetchOptions: { headers }, exchanges });
  const apollo = (...links) =>
    new ApolloClient({
      link: ApolloLink.from([...links, new HttpLink({ uri: url, headers, fetch: watched })]),
      cache: new InMemoryCache(),
      defaultOptions: { query: { fetchPolicy: 'no-cache' }, mutate: { fetchPolicy: 'no-cache' } },
    });
  const overSocket = operation => ({
    subscribe: sink => ({ unsubscribe: socket.subscribe({ ...operation, query: operation.query ?? '' }, sink) }),
  });
  const sha256 = async text => {
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
    return [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, '0')).join('');
  };
  const asked = async act => {
    requests.length = 0;
    const data = await act();
    return { data, requests: [...requests] };
  };
  const ofUrql = ({ data, error }) => data ?? Promise.reject(error);
  const plain = value => JSON.parse(JSON.stringify(value, (key, inner) => (key === '__typename' ? undefined : inner)));

  const queries = {
    fetch: () => asked(async () => {
      const body = JSON.stringify({ query: VIEWER });
      const init = { method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' }, body };
      return (await (await watched(url, init)).json()).data;
    }),
    fetchByGet: () => asked(async () => {
      const response = await watched(`${url}?${new URLSearchParams({ query: VIEWER })}`, { headers });
      return (await response.json()).data;
    }),
    urql: () => asked(() => urql(fetchExchange).query(VIEWER, {}).toPromise().then(ofUrql)),
    urqlPersisted: () =>
      asked(() => urql(persistedExchange({}), fetchExchange).query(VIEWER, {}).toPromise().then(ofUrql)),
    urqlPersistedByPost: () => {
      const exchange = persistedExchange({ preferGetForPersistedQueries: false });
      return asked(() => urql(exchange, fetchExchange).query(VIEWER, {}).toPromise().then(ofUrql));
    },
    apollo: () => asked(async () => plain((await apollo().query({ query: gql(VIEWER) })).data)),
    apolloPersisted: () =>
      asked(async () => plain((await apollo(new PersistedQueryLink({ sha256 })).query({ query: gql(VIEWER) })).data)),
    apolloPersistedByGet: () => {
      const link = new PersistedQueryLink({ sha256, useGETForHashedQueries: true });
      return asked(async () => plain((await apollo(link).query({ query: gql(VIEWER) })).data));
    },
  };

  const mutations = {
    urql: variables =>
      asked(async () => (await urql(fetchExchange).mutation(EXPORT, variables).toPromise().then(ofUrql)).exportRequest),
    apollo: variables =>
      asked(async () => plain((await apollo().mutate({ mutation: gql(EXPORT), variables })).data).exportRequest),
  };

  const subscriptions = {
    urqlOverSocket: (variables, next) =>
      urql(subscriptionExchange({ forwardSubscription: overSocket }), fetchExchange)
        .subscription(PROGRESS, variables)
        .subscribe(({ data, error }) => next(data?.exportProgress ?? { error: String(error) })),
    urqlOverEvents: (variables, next) =>
      new Client({ url, fetchOptions: { headers }, exchanges: [fetchExchange], fetchSubscriptions: true })
        .subscription(PROGRESS, variables)
        .subscribe(({ data, error }) => next(data?.exportProgress ?? { error: String(error) })),
    apolloOverSocket: (variables, next) =>
      new ApolloClient({ link: new GraphQLWsLink(socket), cache: new InMemoryCache() })
        .subscribe({ query: gql(PROGRESS), variables, fetchPolicy: 'no-cache' })
        .subscribe({
          next: ({ data, error }) => next(data ? plain(data).exportProgress : { error: String(error) }),
          error: error => next({ error: String(error) }),
        }),
    graphqlSse: (variables, next) =>
      events.subscribe(
        { query: PROGRESS, variables },
        { next: ({ data }) => next(data.exportProgress), error: error => next({ error: String(error) }), complete() {} },
      ),
  };

  /** Subscribes with every client; `listening` is called when each has had its first event, the result is all they heard. */
  const listen = async (id, listening) => {
    const heard = Object.fromEntries(Object.keys(subscriptions).map(name => [name, []]));
    const all = Object.values(heard);
    await new Promise(done => {
      for (const [name, subscribe] of Object.entries(subscriptions)) {
        subscribe({ id }, event => {
          heard[name].push(event);
          if (all.every(events => events.length === 1)) listening();
          if (all.every(events => events.some(({ state, error }) => state === 'SUCCEEDED' || error))) done();
        });
      }
    });
    return heard;
  };

  const download = async (link, range) => {
    const response = await fetch(link, range ? { headers: { Range: range } } : {});
    const read = name => response.headers.get(name);
    return {
      status: response.status,
      bytes: (await response.arrayBuffer()).byteLength,
      disposition: read('Content-Disposition'),
      range: read('Content-Range'),
      requestId: Boolean(read('X-Request-ID')),
    };
  };

  /** Everything once; of each how it failed. */
  const refused = async (report, link) => {
    const failure = act => act().then(result => ({ result }), error => error.name);
    return {
      fetch: await failure(queries.fetch),
      fetchByGet: await failure(queries.fetchByGet),
      signIn: await failure(() => fetch(`${address}/auth/token`, { method: 'POST', body: new URLSearchParams({ a: 'b' }) })),
      urql: await failure(queries.urql),
      apollo: await failure(queries.apollo),
      mutation: await failure(() => mutations.urql({ report, format: 'CSV' })),
      download: await failure(() => download(link)),
      events: await failure(
        () => new Promise((done, fail) =>
          events.subscribe({ query: PROGRESS, variables: { id: 'x' } }, { next: done, error: fail, complete: done })),
      ),
      socket: await new Promise(done => {
        const opened = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws');
        opened.onopen = () => done('open');
        opened.onclose = event => done(event.code);
      }),
    };
  };

  return { queries, mutations, listen, download, refused };
};
