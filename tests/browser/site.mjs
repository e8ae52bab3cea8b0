// A small site at a port of its own, with the clients of clients.js on its only page: somebody's front end.
import { createServer } from 'node:http';
import { join } from 'node:path';
import { build } from 'esbuild';

const PAGE = '<!doctype html><title>A front end</title><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>';

/** Serves it at that port of 127.0.0.1, which is also `localhost`: two origins. Gives the function that stops it. */
export async function serving(port) {
  const bundle = await build({
    entryPoints: [join(import.meta.dirname, 'clients.js')],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'error',
    define: { 'globalThis.__DEV__': 'false' },
  });
  const script = bundle.outputFiles[0].text;
  const site = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : PAGE);
  });
  await new Promise(ready => site.listen(port, '127.0.0.1', ready));
  return () => site.close();
}
