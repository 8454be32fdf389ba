import type { Page } from 'playwright';

/** What the browser saw since it was last asked. */
export interface Seen {
  /** Sum of the layout shifts that no input asked for (CLS without windows: the stricter sum). */
  readonly shift: number;
  /** Tasks of the main thread above 50 ms, in ms. */
  readonly longTasks: readonly number[];
}

interface Watching {
  mmgridSeen?: { shift: number; longTasks: number[] };
}

/** Watches layout shifts and long tasks from before the page's own code. */
export async function observe(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const seen = { shift: 0, longTasks: [] as number[] };
    (globalThis as Watching).mmgridSeen = seen;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const { value, hadRecentInput } = entry as PerformanceEntry & {
          readonly value: number;
          readonly hadRecentInput: boolean;
        };
        if (!hadRecentInput) seen.shift += value;
      }
    }).observe({ type: 'layout-shift', buffered: true });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.longTasks.push(duration);
    }).observe({ type: 'longtask', buffered: true });
  });
}

/** What was seen since the last call. */
export function takeSeen(page: Page): Promise<Seen> {
  return page.evaluate(() => {
    const seen = (globalThis as Watching).mmgridSeen;
    if (seen === undefined) throw new Error('Nothing was observed.');
    const { shift } = seen;
    seen.shift = 0;
    return { shift, longTasks: seen.longTasks.splice(0) };
  });
}
