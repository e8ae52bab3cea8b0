// A browser without a window, with a fresh profile: the one unpacked here, else the machine's own Chromium or Chrome.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

export const PLACE = join(import.meta.dirname, 'node_modules', '.chromium');
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Runs `act(context)` with a browser context, and closes the browser whatever becomes of it. */
export async function browsing(act) {
  const { chromium } = await import('playwright-core');
  const profile = mkdtempSync(join(tmpdir(), 'rollcall-browser-'));
  try {
    const context = await chromium.launchPersistentContext(profile, { ...(await startable()), args: FLAGS, timeout: 120_000 });
    context.setDefaultTimeout(120_000);
    try {
      return await act(context);
    } finally {
      await context.close();
    }
  } finally {
    rmSync(profile, { recursive: true, force: true });
  }
}

async function startable() {
  const unpacked = join(PLACE, 'chromium');
  if (process.platform === 'linux' && process.arch === 'x64' && existsSync(unpacked)) {
    const libraries = [join(PLACE, 'al2023', 'lib'), process.env.LD_LIBRARY_PATH].filter(Boolean).join(delimiter);
    const env = { ...process.env, LD_LIBRARY_PATH: libraries, FONTCONFIG_PATH: join(PLACE, 'fonts') };
    return { executablePath: unpacked, env };
  }
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = folders.flatMap(folder => NAMES.map(name => join(folder, name))).find(existsSync);
  if (!found) throw new Error('There is no Chromium: `make test` unpacks one on Linux x86_64; elsewhere, install one.');
  return { executablePath: found };
}
