import { useState } from 'react';
import { ask } from './fetcher.js';
import REQUEST from './queries/file.graphql?raw';
import LINK from './queries/link.graphql?raw';
import { moment, size } from './words.js';

const FORMATS = [['PDF', 'PDF'], ['XLSX', 'Excel'], ['CSV', 'CSV'], ['JSON', 'JSON']];
const LOOK_AGAIN = 500;
const ENDED = ['SUCCEEDED', 'FAILED', 'CANCELLED'];

/** The files of a report: those that exist, and a button for each format. A link is minted when it is pressed. */
export function Files({ token, report, exports, only = false }) {
  const [busy, setBusy] = useState('');
  const [problem, setProblem] = useState('');

  const fetched = async (name, exportId) => {
    setBusy(name);
    setProblem('');
    try {
      location.assign(await link(token, await exportId()));
    } catch (error) {
      setProblem(error.message);
    }
    setBusy('');
  };
  const there = exports.filter(file => file.state === 'SUCCEEDED' && new Date(file.expiresAt) > new Date());

  return (
    <section className="files">
      {problem && <p className="problem" role="alert">{problem}</p>}
      {report && !only && (
        <p className="formats">
          {FORMATS.map(([format, label]) => (
            <button key={format} type="button" disabled={Boolean(busy)}
              onClick={() => fetched(format, () => requested(token, report.id, format))}>
              {busy === format ? 'Making …' : label}
            </button>
          ))}
        </p>
      )}
      {only && exports[0].state !== 'SUCCEEDED' && <p className="quiet">{exports[0].error ?? 'The file is not ready yet.'}</p>}
      <ul>
        {(only ? there : there.slice(0, 5)).map(file => (
          <li key={file.id}>
            <button type="button" disabled={Boolean(busy)} onClick={() => fetched(file.id, async () => file.id)}>
              {busy === file.id ? 'Fetching …' : file.fileName}
            </button>
            <span className="quiet">{size(file.byteSize)} · kept until {moment(file.expiresAt)}</span>
          </li>
        ))}
      </ul>
      {only && exports[0].state === 'SUCCEEDED' && !there.length && (
        <p className="quiet">The file has expired. Open the report and have it made again.</p>
      )}
      {only && report && <p><a href={`/open/${report.id}`}>Open the report</a></p>}
    </section>
  );
}

async function requested(token, report, format) {
  const { data, errors } = await ask(token, REQUEST, { report, format });
  const problem = errors?.[0]?.message ?? data?.exportRequest.userErrors[0]?.message;
  if (problem) throw new Error(problem);
  return data.exportRequest.export.id;
}

async function link(token, id) {
  for (;;) {
    const { data, errors } = await ask(token, LINK, { id });
    const file = data?.export;
    if (!file) throw new Error(errors?.[0]?.message ?? 'The file is gone.');
    if (file.downloadUrl) return file.downloadUrl;
    if (ENDED.includes(file.state)) throw new Error(file.error ?? 'There is no file any more.');
    await new Promise(later => setTimeout(later, LOOK_AGAIN));
  }
}
