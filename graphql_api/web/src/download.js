import { useState } from 'react';
import { ask } from './fetcher.js';
import LINK from './queries/link.graphql?raw';

const ENDED = ['SUCCEEDED', 'FAILED', 'CANCELLED'];
const LOOK_AGAIN = 500;

/** One download at a time: `busy` names it, `problem` says why the last came to nothing. A link is minted when it is pressed. */
export function useDownload(token) {
  const [busy, setBusy] = useState('');
  const [problem, setProblem] = useState('');

  const download = async (name, exportId) => {
    setBusy(name);
    setProblem('');
    try {
      location.assign(await link(token, await exportId()));
    } catch (error) {
      setProblem(error.message);
    }
    setBusy('');
  };
  return { busy, problem, download };
}

/** Whether it may still come to be. */
export function isAwaited(file) {
  return !ENDED.includes(file.state);
}

export function isThere(file) {
  return file.state === 'SUCCEEDED' && new Date(file.expiresAt) > new Date();
}

async function link(token, id) {
  for (;;) {
    const { data, errors } = await ask(token, LINK, { id });
    const file = data?.export;
    if (!file) throw new Error(errors?.[0]?.message ?? 'The file is gone.');
    if (file.downloadUrl) return file.downloadUrl;
    if (!isAwaited(file)) throw new Error(file.error ?? 'There is no file any more.');
    await new Promise(later => setTimeout(later, LOOK_AGAIN));
  }
}
