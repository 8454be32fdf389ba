import type { Page } from 'playwright';
import { observe, takeSeen, type Seen } from './observe.ts';

export interface Measures {
  readonly date: string;
  readonly commit: string;
  readonly browser: string;
  readonly firstViewGzipKB: number;
  readonly load: Load;
  readonly run: Run;
  readonly dragging: Dragging;
  /** `view-width-theme: rule: places`. */
  readonly axe: readonly string[];
}

/** The start, from an empty profile. */
interface Load extends Seen {
  readonly firstPaintMs: number;
  /** Until both curves stand. */
  readonly firstPictureMs: number;
}

interface Run extends Seen {
  /** From the click to the last result. */
  readonly seconds: number;
}

interface Dragging extends Seen {
  readonly positions: number;
  /** From the slider's event to the frame that shows it, ms. */
  readonly medianMs: number;
  readonly worstMs: number;
}

/** Until nothing moves any more: the engine is up. */
const SETTLE_MS = 3000;

export async function measureLoad(page: Page, address: string): Promise<Load> {
  await observe(page);
  await page.goto(address);
  await page.locator('mm-start-curve polyline.curve').nth(1).waitFor();
  const firstPictureMs = await page.evaluate(() => performance.now());
  await page
    .getByText(/CPU \(|WebGPU/)
    .first()
    .waitFor();
  await page.waitForTimeout(SETTLE_MS);
  const firstPaintMs = await page.evaluate(
    () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN,
  );
  return { firstPaintMs, firstPictureMs, ...(await takeSeen(page)) };
}

/** Trains the demo: what moves meanwhile, and what holds the main thread. */
export async function measureRun(page: Page, address: string): Promise<Run> {
  await page.goto(`${address}#/grid`);
  await page.waitForTimeout(SETTLE_MS);
  await takeSeen(page);
  const began = Date.now();
  await page
    .getByRole('button', { name: /^(run|train)/i })
    .first()
    .click();
  await page
    .getByText(/finished in/i)
    .first()
    .waitFor({ timeout: 600_000 });
  return { seconds: (Date.now() - began) / 1000, ...(await takeSeen(page)) };
}

/** Takes the start's slider through its positions, and waits each time until the frame is drawn. */
export async function measureDragging(page: Page, address: string): Promise<Dragging> {
  await page.goto(`${address}#/start`);
  const slider = page.getByRole('slider').first();
  await slider.waitFor();
  await page.waitForTimeout(SETTLE_MS);
  await takeSeen(page);
  const times = await slider.evaluate(async (range) => {
    if (!(range instanceof HTMLInputElement)) throw new Error('The slider is no range.');
    const [min, max, step] = [range.min, range.max, range.step].map(Number);
    const taken: number[] = [];
    for (let at = min ?? 0; at <= (max ?? 0); at += step || 1) {
      const began = performance.now();
      range.value = String(at);
      range.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
      // The first is of the picture before: what is drawn now shows in the second.
      for (let frame = 0; frame < 2; frame++) {
        await new Promise((done) => requestAnimationFrame(done));
      }
      taken.push(performance.now() - began);
    }
    return taken;
  });
  const sorted = times.toSorted((a, b) => a - b);
  return {
    positions: times.length,
    medianMs: sorted[Math.floor(sorted.length / 2)] ?? NaN,
    worstMs: sorted.at(-1) ?? NaN,
    ...(await takeSeen(page)),
  };
}
