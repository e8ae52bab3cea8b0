// A front end at another origin: `listed` does everything with every client, `stranger` tries and is refused.
import { browsing } from './browser.mjs';
import { serving } from './site.mjs';
import { given, tell } from './telling.mjs';

const { address, token, report, link, sitePort, host } = given;
const stop = await serving(sitePort);

await browsing(async context => {
  const page = await context.newPage();
  page.on('console', message => process.stderr.write(`${message.text()}\n`));
  page.on('pageerror', error => process.stderr.write(`${error.stack}\n`));
  await page.exposeFunction('listening', () => tell('listening'));
  await page.goto(`http://${host}:${sitePort}/`);
  await page.waitForFunction(() => window.clients);
  const answer = await page.evaluate(
    async ({ address, token, report, link }) => {
      const { queries, mutations, listen, download, refused } = window.clients(address, token);
      if (link) return refused(report, link);
      const answers = {};
      for (const [name, query] of Object.entries(queries)) answers[name] = await query().catch(error => String(error));
      const asked = {
        urql: await mutations.urql({ report, format: 'CSV' }),
        apollo: await mutations.apollo({ report, format: 'JSON' }),
      };
      const heard = await listen(asked.urql.data.export.id, window.listening);
      const { downloadUrl } = heard.graphqlSse.at(-1);
      return { answers, asked, heard, whole: await download(downloadUrl), part: await download(downloadUrl, 'bytes=0-3') };
    },
    { address, token, report, link },
  );
  tell(answer);
});
stop();
