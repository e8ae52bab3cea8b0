import { isAwaited, isThere, useDownload } from './download.js';
import { FORMATS, days, moment, number, size, words } from './words.js';

/** One file: what it is of, how far it is, and in the end the button that fetches it. */
export function OneFile({ file, token }) {
  const { busy, problem, download } = useDownload(token);
  const ready = isThere(file);

  return (
    <>
      <p className="kind">{FORMATS[file.format]} file</p>
      <h1>{titleOf(file)}</h1>
      {file.report && <p className="quiet">{words(file.report.kind)} report · {days(file.report.period)}</p>}
      <section className="files">
        {problem && <p className="problem" role="alert">{problem}</p>}
        {file.notice && (ready || isAwaited(file)) && <p className="notice">{file.notice}</p>}
        {ready ? (
          <>
            <p className="formats">
              <button type="button" disabled={Boolean(busy)} onClick={() => download(file.id, async () => file.id)}>
                {busy ? 'Fetching …' : 'Download'}
              </button>
            </p>
            <p className="name">{file.fileName}</p>
            <p className="quiet">{size(file.byteSize)} · kept until {moment(file.expiresAt)}</p>
          </>
        ) : (
          <Standing file={file} />
        )}
        {file.report && <p><a href={`/open/${file.report.id}`}>Open the report</a></p>}
      </section>
    </>
  );
}

function titleOf({ report, reportCount }) {
  if (report) return report.subject?.name ?? 'A subject that is gone';
  return reportCount === 1 ? 'File of a report' : `File of ${number(reportCount)} reports`;
}

function Standing({ file }) {
  const { state, done, reportCount, requestedAt, error } = file;
  if (state === 'SUCCEEDED') return <p className="quiet">It has expired. Have it made again.</p>;
  if (state === 'FAILED') return <p className="problem">It could not be made. {error}</p>;
  if (state === 'CANCELLED') return <p className="quiet">It was cancelled; there is no file.</p>;
  return (
    <>
      <progress aria-label="Reports written" max={reportCount} value={done || undefined} />
      <p className="name" role="status">
        {state === 'QUEUED' ? 'Waiting for its turn.' : `${number(done)} of ${number(reportCount)} written.`}
      </p>
      <p className="quiet">Asked for on {moment(requestedAt)}. When it is ready, it can be downloaded here.</p>
    </>
  );
}
