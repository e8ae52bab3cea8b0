// Unpacks the browser that the package holds, and its libraries and fonts, to node_modules/.chromium: once, at set-up.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PLACE } from './browser.mjs';

rmSync(PLACE, { recursive: true, force: true });
mkdirSync(PLACE);
process.env.TMPDIR = PLACE;
process.env.AWS_EXECUTION_ENV = 'nodejs22.x'; // by this it unpacks the libraries as well
const { default: chromium } = await import('@sparticuz/chromium');
await chromium.executablePath();
// the package's own looks for fonts in /tmp and finds none here: then a page with a field to type in takes the browser down
const fonts = join(PLACE, 'fonts');
const xml = `<fontconfig><dir>${fonts}</dir><cachedir>${join(PLACE, 'fonts-cache')}</cachedir></fontconfig>`;
writeFileSync(join(fonts, 'fonts.conf'), `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">${xml}\n`);
