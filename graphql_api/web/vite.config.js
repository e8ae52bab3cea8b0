import { defineConfig } from 'vite';

// Two pages, /graphiql and /open/ID, and the files of both below /graphiql/assets, all from Rollcall itself: no CDN.
export default defineConfig({
  base: '/graphiql/',
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
