import { readFileSync } from 'node:fs';
import type { Page } from 'playwright';
import type { PageHost, Visit } from './page-host.ts';
import { storedWeights } from './page-storage.ts';
import { documentField } from '../../support/page/document-field.ts';

/** Two cells that train for seconds on the CPU, so that there is a middle to be broken off in. */
export const LONG_CELLS = readFileSync('experiments/tiny.yaml', 'utf8')
  .replace(/^.*phase\d.*\n/gm, '')
  .replace(/^merges:\n(?: .*\n)+/m, '')
  .replace('pretrain: { epochs: 1 }', 'pretrain: { epochs: 150 }');

/** Two stages of two domains, no merges: seconds on a software GPU. */
export const FEW_CELLS = readFileSync('experiments/tiny.yaml', 'utf8')
  .replace(/^.*phase2.*\n/gm, '')
  .replace(/^merges:\n(?: .*\n)+/m, '');

/** Ends what hangs; says nothing of speed. */
const LONG_MS = 400_000;

const CPU = '?executor=cpu#/grid';
const GPU = '?executor=webgpu#/grid';

/** Where a document is run. */
export const WHERE = { cpu: CPU, gpu: GPU } as const;

/** The button has the name of what it does: what is stored already is continued. */
export async function clickRun(page: Page): Promise<void> {
  await page
    .getByRole('button', { name: /^(Run|Run again|Continue)$/ })
    .first()
    .click();
}

/** Types a document and starts it. */
export async function startRun(page: Page, document: string): Promise<void> {
  await (await documentField(page)).fill(document);
  await page.getByText(/Valid: \d+ jobs/).waitFor({ timeout: LONG_MS });
  await clickRun(page);
}

/** Whether so many checkpoints are stored before the run is over; resolves when one of both is so. */
export async function comesTo(page: Page, checkpoints: number): Promise<boolean> {
  for (;;) {
    const stored = Object.keys(await storedWeights(page)).length;
    if (await page.getByText(/Finished in/).isVisible()) return false;
    if (stored >= checkpoints) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Resolves when so many checkpoints are stored and the run goes on. */
export async function reaches(page: Page, checkpoints: number): Promise<void> {
  if (!(await comesTo(page, checkpoints))) throw new Error('It was over too early.');
}

/** Waits for the end; gives the stored weights. */
export async function finished(page: Page): Promise<Readonly<Record<string, string>>> {
  await page.getByText(/Finished in/).waitFor({ timeout: LONG_MS });
  return storedWeights(page);
}

/** The problem that the page shows, once it does. */
export async function problemOf(page: Page, timeout = LONG_MS): Promise<string> {
  const banner = page.locator('mm-problem .banner').first();
  await banner.waitFor({ timeout });
  return oneLine(await banner.innerText());
}

/** The problem that the page shows now; empty if none. */
export async function problemNow(page: Page): Promise<string> {
  const banner = page.locator('mm-problem .banner').first();
  return (await banner.isVisible()) ? oneLine(await banner.innerText()) : '';
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

const calm = new WeakMap<PageHost, Map<string, Promise<Readonly<Record<string, string>>>>>();

/** The weights of a run that nothing disturbs, computed once a document and machine. */
export function undisturbed(host: PageHost, where: string, document: string) {
  const known = calm.get(host) ?? new Map<string, Promise<Readonly<Record<string, string>>>>();
  calm.set(host, known);
  const key = where + document;
  let weights = known.get(key);
  if (weights === undefined) {
    weights = host.visit({ where }).then(async ({ page, context }) => {
      await startRun(page, document);
      const got = await finished(page);
      await context.close();
      return got;
    });
    known.set(key, weights);
  }
  return weights;
}

export function difference(
  got: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): string {
  const ids = Object.keys(wanted);
  if (ids.length === 0) return 'nothing was stored';
  const other = ids.filter((id) => got[id] !== wanted[id]);
  return other.length === 0
    ? ''
    : `${String(other.length)} of ${String(ids.length)} checkpoints have other bits`;
}

/** A run on the CPU that is disturbed in the middle of its first cell; gives what was told, and its end. */
export interface DisturbedRun {
  readonly visit: Visit;
  readonly told: string;
  /** Empty when the weights are those of an undisturbed run. */
  readonly wrong: string;
}

/**
 * Runs a document and does something to it when it is in the middle.
 * @param disturb gives what is seen of it; not called in a control
 */
export async function disturbedRun(
  host: PageHost,
  isInjected: boolean,
  options: Parameters<PageHost['visit']>[0] & { readonly document?: string },
  disturb: (visit: Visit) => Promise<string>,
): Promise<DisturbedRun> {
  const { document = LONG_CELLS, where = WHERE.cpu } = options;
  const wanted = await undisturbed(host, where, document);
  const visit = await host.visit({ ...options, where });
  await startRun(visit.page, document);
  await reaches(visit.page, 1);
  const told = isInjected ? await disturb(visit) : '';
  const got = await finished(visit.page);
  const seen = isInjected ? told : await problemNow(visit.page);
  return { visit, told: seen, wrong: difference(got, wanted) };
}
