import { useEffect, useState } from 'react';
import { ask, whoIs } from './fetcher.js';
import { Files } from './Files.jsx';
import { Figures } from './Figures.jsx';
import iconUrl from './icon.svg';
import { days, moment, words } from './words.js';

const FILE = 'fragment File on Export { id state format fileName byteSize error finishedAt expiresAt }';
const THING = `
  query Open($id: ID!) {
    node(id: $id) {
      __typename
      id
      ... on Report {
        kind revision isLatest generatedAt
        subject { name }
        period { name from to }
        metrics {
          attendanceRate absenceRate lateRate chronicAbsenceRate traineeCount sessionCount averageScore passRate
          atRiskCount longestAbsenceStreak
        }
        exports { ...File }
      }
      ... on Export { ...File report { id kind subject { name } period { name from to } } }
      ... on Run { state kind total done unchanged failed error requestedAt }
    }
  }
  ${FILE}`;
const OF_RUN = `
  query OfRun($id: ID!) {
    reports(filter: { run: $id }, first: 200) {
      nodes { id kind subject { name } period { name from to } metrics { attendanceRate } }
      totalCount
    }
  }`;

/** What stands behind a link of ours: a report with its figures and files, a file, or the reports of a run. */
export function Opened({ id, session, onSignOut, onRefused }) {
  const [answer, setAnswer] = useState(null);
  const [viewer, setViewer] = useState(null);

  useEffect(() => {
    load(session.token, id).then(found => (found === 'refused' ? onRefused() : setAnswer(found)));
    whoIs(session.token).then(setViewer, () => setViewer(null));
  }, [id, session.token]);

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
  if (thing.__typename === 'Export') {
    return (
      <>
        <Title report={thing.report} />
        <Files token={token} report={thing.report} exports={[thing]} only />
      </>
    );
  }
  if (thing.__typename === 'Run') return <Run run={thing} reports={reports} />;
  if (thing.__typename.endsWith('Report')) {
    return (
      <>
        <Title report={thing} />
        <Figures metrics={thing.metrics} />
        <Files token={token} report={thing} exports={thing.exports ?? []} />
        <p className="quiet">
          Figures as they stood on {moment(thing.generatedAt)}
          {thing.revision > 1 && `, revision ${thing.revision}`}
          {!thing.isLatest && '; a later revision exists'}.
        </p>
      </>
    );
  }
  return <Nothing title={words(thing.__typename)}>This link leads to something that is read through the API.</Nothing>;
}

function Title({ report }) {
  if (!report) return <h1>File</h1>;
  return (
    <>
      <p className="kind">{words(report.kind)} report</p>
      <h1>{report.subject?.name ?? 'A subject that is gone'}</h1>
      <p className="quiet">{days(report.period)}</p>
    </>
  );
}

function Run({ run, reports }) {
  return (
    <>
      <p className="kind">{words(run.kind)} reports</p>
      <h1>{run.done} of {run.total} ready</h1>
      <p className="quiet">
        {words(run.state)}, asked for on {moment(run.requestedAt)}. {run.error}
      </p>
      <ul className="reports">
        {reports?.nodes.map(report => (
          <li key={report.id}>
            <a href={`/open/${report.id}`}>{report.subject?.name ?? 'A subject that is gone'}</a>
            <span className="quiet">{days(report.period)}</span>
          </li>
        ))}
      </ul>
      {reports?.totalCount > reports?.nodes.length && (
        <p className="quiet">The first {reports.nodes.length} of {reports.totalCount}; the API lists them all.</p>
      )}
      {reports?.totalCount === 0 && <p className="quiet">No report changed, or none of them is yours to read.</p>}
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
