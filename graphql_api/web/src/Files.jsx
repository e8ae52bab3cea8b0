import { isThere, useDownload } from './download.js';
import { ask } from './fetcher.js';
import REQUEST from './queries/file.graphql?raw';
import { FORMATS, moment, size } from './words.js';

/** The files of a report: a button for each format, and those that exist. */
export function Files({ token, report, exports }) {
  const { busy, problem, download } = useDownload(token);

  return (
    <section className="files">
      {problem && <p className="problem" role="alert">{problem}</p>}
      <p className="formats">
        {Object.entries(FORMATS).map(([format, label]) => (
          <button key={format} type="button" disabled={Boolean(busy)}
            onClick={() => download(format, () => requested(token, report.id, format))}>
            {busy === format ? 'Making …' : label}
          </button>
        ))}
      </p>
      <ul>
        {exports.filter(isThere).slice(0, 5).map(file => (
          <li key={file.id}>
            <button type="button" disabled={Boolean(busy)} onClick={() => download(file.id, async () => file.id)}>
              {busy === file.id ? 'Fetching …' : file.fileName}
            </button>
            <span className="quiet">{size(file.byteSize)} · kept until {moment(file.expiresAt)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

async function requested(token, report, format) {
  const { data, errors } = await ask(token, REQUEST, { report, format });
  const problem = errors?.[0]?.message ?? data?.exportRequest.userErrors[0]?.message;
  if (problem) throw new Error(problem);
  return data.exportRequest.export.id;
}
