import { Figures } from './Figures.jsx';
import { days, moment, words } from './words.js';

export function Run({ run, reports }) {
  return (
    <>
      <p className="kind">{words(run.kind)} reports</p>
      <h1>{run.done} of {run.total} ready</h1>
      <p className="quiet">
        {words(run.state)}, asked for on {moment(run.requestedAt)}. {run.error}
      </p>
      <Reports reports={reports?.nodes ?? []} />
      {reports?.totalCount > reports?.nodes.length && (
        <p className="quiet">The first {reports.nodes.length} of {reports.totalCount}; the API lists them all.</p>
      )}
      {reports?.totalCount === 0 && <p className="quiet">No report changed, or none of them is yours to read.</p>}
    </>
  );
}

export function Subject({ subject }) {
  return (
    <>
      <p className="kind">{words(subject.kind)}, this month so far</p>
      <h1>{subject.name}</h1>
      <Figures kind={subject.kind} metrics={subject.thisMonth} />
      {subject.reports.nodes.length > 0 && <h2>Reports</h2>}
      <Reports reports={subject.reports.nodes} />
    </>
  );
}

export function Schedule({ schedule }) {
  return (
    <>
      <p className="kind">Schedule, {words(schedule.standing).toLowerCase()}</p>
      <h1>{schedule.name}</h1>
      {schedule.nextSlots?.length > 0 && <p className="quiet">Next: {moment(schedule.nextSlots[0])}</p>}
      <ul className="reports">
        {schedule.slots?.nodes.map(slot => (
          <li key={slot.slotAt}>
            {slot.run ? <a href={`/open/${slot.run.id}`}>{moment(slot.slotAt)}</a> : <span>{moment(slot.slotAt)}</span>}
            <span className="quiet">{words(slot.outcome)}. {slot.note}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

export function Rule({ rule }) {
  return (
    <>
      <p className="kind">{words(rule.watch)}, {words(rule.standing).toLowerCase()}</p>
      <h1>{rule.name}</h1>
      <p className="quiet">{rule.checkedAt ? `Last looked at ${moment(rule.checkedAt)}.` : 'Not looked at yet.'} {rule.error}</p>
      <ul className="reports">
        {rule.openOccurrences?.nodes.map(found => (
          <li key={`${found.subject?.id} ${found.beganAt}`}>
            {found.subject ? <a href={`/open/${found.subject.id}`}>{found.subject.name}</a> : <span>Not yours to see</span>}
            <span className="quiet">since {moment(found.beganAt)}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Reports({ reports }) {
  return (
    <ul className="reports">
      {reports.map(report => (
        <li key={report.id}>
          <a href={`/open/${report.id}`}>{report.subject?.name ?? 'A subject that is gone'}</a>
          <span className="quiet">{days(report.period)}</span>
        </li>
      ))}
    </ul>
  );
}
