import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type axe from 'axe-core';
import type { Page } from 'playwright';
import { WCAG_RULES } from './axe-rules.ts';

const RULES = [...WCAG_RULES, 'best-practice'];
const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Every rule that the page breaks as it stands, with its places. */
export async function axeFaults(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(source);
  const { violations } = await page.evaluate(async (rules) => {
    const { axe: checker } = globalThis as unknown as { readonly axe: typeof axe };
    return checker.run(document, { runOnly: rules, resultTypes: ['violations'] });
  }, RULES);
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}
