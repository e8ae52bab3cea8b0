import { GraphiQL } from 'graphiql';
import { useEffect, useMemo, useState } from 'react';
import { signedInFetcher, whoIs } from './fetcher.js';
import iconUrl from './icon.svg';
import { explorerStorage } from './session.js';

const FIRST_QUERY = `# Welcome to Rollcall. Ctrl-Enter runs this,
# Ctrl-Space suggests, the book explains.
{
  viewer {
    name
    role
  }
  schools(first: 5) {
    nodes {
      name
      metrics(period: { named: LAST_MONTH }) {
        attendanceRate
        sessionCount
      }
    }
  }
}
`;

export function Explorer({ session, onSignOut, onRefused }) {
  const { fetcher, close } = useMemo(() => signedInFetcher(session.token, onRefused), [session.token]);
  const [viewer, setViewer] = useState(null);

  useEffect(() => close, [close]);
  useEffect(() => {
    whoIs(session.token).then(setViewer, () => setViewer(null));
  }, [session.token]);

  return (
    <div className="explorer">
      <header>
        <img src={iconUrl} alt="" />
        <h1>Rollcall</h1>
        <span className="who" title={session.email}>
          Signed in as {viewer?.name ?? session.email}
          {viewer?.role && <em>{viewer.role.toLowerCase().replaceAll('_', ' ')}</em>}
        </span>
        <button type="button" onClick={onSignOut}>Sign out</button>
      </header>
      <main>
        <GraphiQL
          fetcher={fetcher}
          defaultQuery={FIRST_QUERY}
          shouldPersistHeaders={false}
          storage={explorerStorage}
        >
          <GraphiQL.Logo>{' '}</GraphiQL.Logo>
        </GraphiQL>
      </main>
    </div>
  );
}
