import { runCases } from '../cases.ts';
import { defineFault } from '../fault-row.ts';
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
const LONG_MS = 300_000;

const TEXTS = FORMS.flatMap((form) => CALLS.map(form));

export const fault = defineFault({
  id: 'F12',
  fault: 'markup and scripts for the names that a document gives; 60 texts',
  expected: 'each is shown letter by letter; nothing runs, and no policy has to stop anything',
  injection: 'file',
  detects: /^shown: /,
  hosts: {
    page: async (pages, trial) => {
      const { page } = await pages.visit({ where: '?executor=cpu#/grid' });
      const editor = await documentField(page);
      await editor.waitFor({ timeout: LONG_MS });
      const document = await editor.inputValue();
      return runCases(
        trial,
        TEXTS.map((text) => ({
          name: text,
          act: async (isInjected: boolean) => {
            const name = JSON.stringify(isInjected ? text : 'plain');
            // A key that nobody knows is shown where the document's faults are.
            await editor.fill(`${document}\n${name}: 1\n`);
            const told = page.getByText(`Unknown key ${name.replaceAll('\\"', '"')}`).first();
            await told.waitFor({ timeout: LONG_MS });
            const shown = await told.innerText();
            if (!isInjected) return '';
            return shown.includes(text) ? `shown: ${text}` : `another text: ${shown}`;
          },
          after: async () => {
            const hits = await page.evaluate(() => Reflect.get(window, 'hit') as unknown);
            await editor.fill(document);
            return hits === undefined ? '' : 'it ran';
          },
        })),
      );
    },
  },
  notInjectable:
    'Every view with every name, of items, files and models: the templates that show them are the same library; the report’s own are tested in test/lab/report.',
});
