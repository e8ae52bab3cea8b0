import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { defineConfig } from 'vite';

// below the size of a packet, nothing comes sooner for being smaller
const SMALLEST = 1400;

/** Leaves each file also in brotli and gzip, for the server to choose from: 7 MB are not compressed at every visit. */
function packed() {
  const pack = async file => {
    const bytes = await readFile(file);
    if (bytes.length < SMALLEST) return;
    const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
    await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes, { params }));
    await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }));
  };
  return {
    name: 'packed',
    apply: 'build',
    async writeBundle({ dir }) {
      const assets = join(dir, 'assets');
      await Promise.all((await readdir(assets)).map(name => pack(join(assets, name))));
    },
  };
}

// Two pages, /graphiql and /open/ID, and the files of both below /graphiql/assets, all from Rollcall itself: no CDN.
export default defineConfig({
  base: '/graphiql/',
  // pages name their files from the root, which the server puts a sub-path before; files find each other beside them
  experimental: { renderBuiltUrl: (name, { hostType }) => (hostType === 'html' ? `/graphiql/${name}` : { relative: true }) },
  plugins: [packed()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    chunkSizeWarningLimit: 10_000,
    reportCompressedSize: false,
    target: 'es2022',
    rollupOptions: { input: ['index.html', 'open.html'] },
  },
  worker: { format: 'es' },
  // `npm run dev` beside a running `rollcall serve`
  server: { proxy: { '/graphql': { target: 'http://127.0.0.1:8000', ws: true }, '/auth': 'http://127.0.0.1:8000' } },
});
