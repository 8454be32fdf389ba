import { readFileSync } from 'node:fs';
import type { Page } from 'playwright';
import { VIEW_NAMES, type ViewName } from '../../../src/ui/state/view-names.ts';
import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
import { shownText } from '../hosts/shown-text.ts';
import { documentField } from '../../support/page/document-field.ts';

/** Every way in which a text becomes code where it is taken for markup; `hit` says that it did. */
const CALLS = ['hit=1', 'parent.hit=1', "window['hit']=1"];
const FORMS: readonly ((call: string) => string)[] = [
  (call) => `<script>${call}</script>`,
  (call) => `<img src=x onerror="${call}">`,
  (call) => `<svg onload="${call}">`,
  (call) => `"><img src=x onerror=${call}>`,
  (call) => `'><svg/onload=${call}>`,
  (call) => `</textarea><script>${call}</script>`,
  (call) => `</style><img src=x onerror=${call}>`,
  (call) => `<a href="javascript:${call}">x</a>`,
  (call) => `<iframe srcdoc="<script>${call}</script>"></iframe>`,
  (call) => `<details open ontoggle="${call}">`,
  (call) => `<math><mtext><img src=x onerror=${call}>`,
  (call) => `<template><img src=x onerror=${call}></template>`,
  (call) => `{{constructor.constructor('${call}')()}}`,
  (call) => '${' + call + '}',
  (call) => `<!--><img src=x onerror=${call}>-->`,
  (call) => `&lt;img src=x onerror=${call}&gt;`,
  (call) => `<mm-app onclick="${call}">`,
  (call) => `<style>*{background:url("javascript:${call}")}</style>`,
  (call) => `<object data="data:text/html,<script>${call}</script>"></object>`,
  (call) => `<base href="javascript:${call}//">`,
];
/** Ends what hangs; says nothing of speed. */
const LONG_MS = 60_000;

const TEXTS = FORMS.flatMap((form) => CALLS.map(form));
const TINY = readFileSync('experiments/tiny.yaml', 'utf8');

/** A domain may hold everything but slashes; what it may not is shown where the faults of a document are. */
const domainOf = (text: string): string => text.replaceAll('/', ' ');

/** A valid document with a text for names of files, columns, a domain, and so of its cells and models. */
function documentWith(text: string): string {
  const [name, domain] = [JSON.stringify(text), JSON.stringify(domainOf(text))];
  const files = `[{ domain: ${domain}, file: ${name} }, { domain: Books, file: b.csv }]`;
  const columns = `{ user: ${name}, item: item, time: time }`;
  return TINY.replace(
    /^data:\n(?: .*\n)+/m,
    () => `data:\n  { importer: csv, timeUnit: s, columns: ${columns}, files: ${files} }\n`,
  ).replace(/^( +domains: )\[.*$/m, (_, key: string) => `${key}[${domain}, Books]`);
}

/** Gives the document to the page and goes through all of its views; gives the text of each. */
async function walk(page: Page, text: string): Promise<string> {
  const texts: string[] = [];
  await goTo(page, 'grid');
  await (await documentField(page)).fill(documentWith(text));
  await page.getByText(domainOf(text)).first().waitFor({ state: 'attached', timeout: LONG_MS });
  await page.getByText(/Valid: \d+ jobs/).waitFor({ timeout: LONG_MS });
  for (const view of VIEW_NAMES) {
    await goTo(page, view);
    texts.push(await shownText(page));
  }
  return texts.join('\n');
}

/** Two frames: children render after their parents. */
async function goTo(page: Page, view: ViewName): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, `#/${view}`);
  await page.locator(`mm-${view}-view`).waitFor({ state: 'attached', timeout: LONG_MS });
  await page.evaluate(async () => {
    for (let i = 0; i < 2; i++) await new Promise((resolve) => requestAnimationFrame(resolve));
  });
}

/** A key that nobody knows is shown where the document's faults are. */
async function unknownKey(page: Page, text: string): Promise<string> {
  await goTo(page, 'grid');
  await (await documentField(page)).fill(`${TINY}\n${JSON.stringify(text)}: 1\n`);
  const told = page.getByText(`Unknown key "${text}"`).first();
  await told.waitFor({ timeout: LONG_MS });
  return told.innerText();
}

export const fault = defineFault({
  id: 'F12',
  fault: 'markup and scripts for the names that a document gives, in all views; 60 texts',
  expected: 'each is shown letter by letter; nothing runs, and no policy has to stop anything',
  injection: 'file',
  detects: /^shown: /,
  isOwnSign: true,
  hosts: {
    page: async (pages, trial) => {
      const { page, thrown } = await pages.visit({ where: '?executor=cpu#/grid' });
      return runCases(
        trial,
        TEXTS.map((text) => ({
          name: text,
          act: async (isInjected: boolean) => {
            const name = isInjected ? text : 'plain';
            const domain = domainOf(name);
            const shown = await walk(page, name);
            if (!shown.includes(domain)) return `another text than ${domain}`;
            // As it is, where no domain may have it.
            const told = domain === name ? name : await unknownKey(page, name);
            if (!isInjected) return '';
            return told.includes(text) ? `shown: ${text}` : `another text: ${told}`;
          },
          after: async () => {
            const hits = await page.evaluate(() => Reflect.get(window, 'hit') as unknown);
            // Reports of the policy are among what nobody caught.
            return [hits === undefined ? '' : 'it ran', ...thrown].join('');
          },
        })),
      );
    },
  },
  notInjectable:
    'Names of merges and stages, which take letters, digits and a few signs alone; names of items and imported models: the report’s own are tested in test/lab/report.',
});
