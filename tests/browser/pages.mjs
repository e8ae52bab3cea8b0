// Our own pages: how wide they are, what axe finds, and what is left of somebody who has gone.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { browsing } from './browser.mjs';
import { given, tell } from './telling.mjs';

const { address, password, first, second, report, act, pictures } = given;
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
// nothing else on these pages holds it
const WRITTEN = 'about Tara';
const HOURS = 13;

async function signIn(page, email, path = '/graphiql', shown = '.graphiql-query-editor .view-lines') {
  if (!page.url().endsWith(path)) await page.goto(`${address}${path}`);
  await page.fill('[name=email]', email);
  await page.fill('[name=password]', password);
  await page.click('button[type=submit]');
  await page.waitForSelector(shown);
}

/** Writes a query and runs it, so that it stands in GraphiQL's tabs and its history. */
async function write(page) {
  await page.click('.graphiql-query-editor .view-lines');
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(`{ viewer { name } } # ${WRITTEN}`);
  await page.click('.graphiql-execute-button');
  await page.waitForFunction(text => JSON.stringify({ ...sessionStorage }).split(text).length > 2, WRITTEN);
}

/** Where what was written can still be found, and what is kept beyond this tab. */
function left(page) {
  return page.evaluate(text => ({
    inTab: JSON.stringify({ ...sessionStorage }).includes(text),
    beyond: Object.keys(localStorage),
    onPage: document.body.textContent.replaceAll('\u00a0', ' ').includes(text),
  }), WRITTEN);
}

const notice = page => page.textContent('.notice');

const acts = {
  /** Each page at the width of a phone and of a screen: [page, width, how much wider it is, what axe finds]. */
  async looks(context) {
    const seen = [];
    for (const width of [390, 1280]) {
      const page = await context.newPage();
      await page.setViewportSize({ width, height: 844 });
      const look = async name => {
        await page.evaluate(AXE);
        const found = await page.evaluate(async () => {
          const { violations } = await globalThis.axe.run({ exclude: ['.graphiql-container'] });
          return violations.map(({ id, nodes }) => `${id} ${nodes.map(node => node.target).join(' ')}`);
        });
        if (pictures) await page.screenshot({ path: join(pictures, `${name}-${width}.png`) });
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        const icon = await page.evaluate(async () => {
          const { href } = document.querySelector('link[rel=icon]');
          return (await fetch(href)).headers.get('Content-Type');
        });
        seen.push([name, width, over, found, icon]);
      };
      await page.goto(address);
      await look('landing');
      await page.goto(`${address}/graphiql`);
      await page.waitForSelector('[name=email]');
      await look('sign-in');
      await signIn(page, first);
      await page.waitForSelector('.who em');
      await look('graphiql');
      await page.goto(`${address}/open/${report}`);
      await page.waitForSelector('.formats');
      await look('report');
      await page.click('header button');
      await page.waitForSelector('.notice');
      await page.close();
    }
    return seen;
  },

  /** Somebody signs out by the button, and another signs in in the same tab. */
  async signsOut(context) {
    const page = await context.newPage();
    await signIn(page, first);
    await write(page);
    const before = await left(page);
    await page.click('header button');
    const said = await notice(page);
    const after = await left(page);
    await signIn(page, second);
    return { before, said, after, next: await left(page), who: await page.textContent('.who') };
  },

  /** Somebody signs out in another tab. */
  async signsOutElsewhere(context) {
    const [page, other] = [await context.newPage(), await context.newPage()];
    await signIn(page, first);
    await write(page);
    await signIn(other, first, `/open/${report}`, '.formats');
    await other.click('header button');
    const said = await notice(page);
    return { said, after: await left(page) };
  },

  /** The sign-in expires while the page stands there. */
  async expires(context) {
    const page = await context.newPage();
    await page.clock.install();
    await signIn(page, first);
    await write(page);
    await page.clock.fastForward(HOURS * 3600_000);
    const said = await notice(page);
    return { said, after: await left(page) };
  },

  /** The tab sleeps while its sign-in expires: it is over when the page is loaded again. */
  async expiresAsleep(context) {
    const page = await context.newPage();
    await signIn(page, first);
    await write(page);
    await page.evaluate(() => {
      const session = JSON.parse(sessionStorage.getItem('rollcall.session'));
      sessionStorage.setItem('rollcall.session', JSON.stringify({ ...session, expiresAt: 0 }));
    });
    await page.goto(address);
    await page.goto(`${address}/graphiql`);
    const said = await notice(page);
    return { said, after: await left(page) };
  },

  /** The server takes the token no longer. */
  async isRefused(context) {
    const page = await context.newPage();
    await signIn(page, first);
    await write(page);
    await page.route('**/graphql', route => route.fulfill({ status: 401, json: { errors: [{ message: 'Sign in again.' }] } }));
    await page.click('.graphiql-execute-button');
    const said = await notice(page);
    return { said, after: await left(page) };
  },

  /** What GraphiQL left in the browser before it was kept in the tab. */
  async findsOldThings(context) {
    const page = await context.newPage();
    await page.goto(address);
    await page.evaluate(text => localStorage.setItem('graphiql:query', text), WRITTEN);
    await page.goto(`${address}/graphiql`);
    await page.waitForSelector('[name=email]');
    return { after: await left(page) };
  },
};

tell(await browsing(context => acts[act](context)));
