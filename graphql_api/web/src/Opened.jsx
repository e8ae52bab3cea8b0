import { useEffect, useState } from 'react';
import { isAwaited } from './download.js';
import { ask, whoIs } from './fetcher.js';
import { Files } from './Files.jsx';
import { Figures } from './Figures.jsx';
import iconUrl from './icon.svg';
import { OneFile } from './OneFile.jsx';
import OF_RUN from './queries/reports_of_run.graphql?raw';
import THING from './queries/thing.graphql?raw';
import { Rule, Run, Schedule, Subject } from './Things.jsx';
import { days, moment, words } from './words.js';

const LOOK_AGAIN = 1500;

/** What stands behind a link of ours: a report with its figures and files, a file, or the reports of a run. */
export function Opened({ id, session, onSignOut, onRefused }) {
  const [answer, setAnswer] = useState(null);
  const [viewer, setViewer] = useState(null);

  const look = async () => {
    const found = await load(session.token, id);
    if (found === 'refused') onRefused();
    // a moment without an answer does not take away what is shown
    else setAnswer(before => (found.away && before ? { ...before } : found));
  };

  useEffect(() => {
    look();
    whoIs(session.token).then(setViewer, () => setViewer(null));
  }, [id, session.token]);

  useEffect(() => {
    if (answer?.thing?.__typename !== 'Export' || !isAwaited(answer.thing)) return undefined;
    const later = setTimeout(look, LOOK_AGAIN);
    return () => clearTimeout(later);
  }, [answer]);

  return (
    <div className="opened">
      <header>
        <img src={iconUrl} alt="" />
        <strong>Rollcall</strong>
        <span className="who" title={session.email}>Signed in as {viewer?.name ?? session.email}</span>
        <button type="button" onClick={onSignOut}>Sign out</button>
      </header>
      <main>{answer ? <Thing {...answer} token={session.token} /> : <p className="quiet" role="status">Opening …</p>}</main>
    </div>
  );
}

async function load(token, id) {
  try {
    const { data, errors } = await ask(token, THING, { id });
    if (errors?.some(error => error.extensions?.code === 'UNAUTHENTICATED')) return 'refused';
    const thing = data?.node ?? null;
    const reports = thing?.__typename === 'Run' ? (await ask(token, OF_RUN, { id })).data?.reports : null;
    return { thing, reports };
  } catch {
    return { thing: null, reports: null, away: true };
  }
}

function Thing({ thing, reports, away, token }) {
  if (away) return <Nothing title="Rollcall does not answer">Try again in a moment.</Nothing>;
  if (!thing) {
    return (
      <Nothing title="There is nothing here for you">
        It does not exist any more, or your role does not show it. Were you sent this link for another account? Sign out, and
        sign in with that one.
      </Nothing>
    );
  }
  if (thing.__typename === 'Export') return <OneFile file={thing} token={token} />;
  if (thing.__typename === 'Run') return <Run run={thing} reports={reports} />;
  if (thing.__typename === 'Schedule') return <Schedule schedule={thing} />;
  if (thing.__typename === 'AlertRule') return <Rule rule={thing} />;
  if (thing.__typename.endsWith('Report')) {
    return (
      <>
        <Title report={thing} />
        <Figures kind={thing.kind} metrics={thing.metrics} policy={thing.policy} />
        <Files token={token} report={thing} exports={thing.exports ?? []} />
        <p className="quiet">
          Figures as they stood on {moment(thing.generatedAt)}
          {thing.revision > 1 && `, revision ${thing.revision}`}
          {!thing.isLatest && '; a later revision exists'}.
        </p>
      </>
    );
  }
  if (thing.reports) return <Subject subject={thing} />;
  return <Nothing title={words(thing.__typename)}>This link leads to something that is read through the API.</Nothing>;
}

function Title({ report }) {
  return (
    <>
      <p className="kind">{words(report.kind)} report</p>
      <h1>{report.subject?.name ?? 'A subject that is gone'}</h1>
      <p className="quiet">{days(report.period)}</p>
    </>
  );
}

function Nothing({ title, children }) {
  return (
    <>
      <h1>{title}</h1>
      <p className="quiet">{children}</p>
    </>
  );
}
