import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killWriters } from '../../support/killed-writer.ts';
import { defineFault, type Outcome, type Run } from '../fault-row.ts';
import type { NodeHost } from '../hosts/node-host.ts';
import type { PageHost } from '../hosts/page-host.ts';
import type { ProbePage } from '../hosts/probe-page.ts';

/** Kills of a commit, and of a night. */
const PAGE_KILLS = [5, 100] as const;
const NODE_KILLS = [15, 150] as const;
const ACKNOWLEDGED = 'mmgridAcknowledged';

const page: Run<PageHost> = async (host, { isInjected, random, isLong, isTimeUp }) => {
  // Not for those who only list the rows: it brings a driver of browsers.
  const { KillableBrowser } = await import('../hosts/killable-browser.ts');
  const site = await host.probeSite();
  const profile = mkdtempSync(join(tmpdir(), 'mmgrid-killed-'));
  /** The newest model of each id that was acknowledged. */
  const acknowledged = new Map<string, number>();
  const [seen, wrong]: [string[], string[]] = [[], []];
  let [next, recovered, caught] = [0, 0, 0];
  const opened = async () => {
    const browser = await KillableBrowser.start(profile);
    return { browser, probe: await site.page(browser.context) };
  };
  const verify = async ({ probe }: { readonly probe: ProbePage }): Promise<void> => {
    const stored = await probe.call('storedModels');
    const torn = Object.entries(stored).filter(([, found]) => typeof found === 'string');
    // A newer one may have been written and not been acknowledged.
    const lost = [...acknowledged].filter(([id, index]) => !(Number(stored[id]) >= index));
    wrong.push(...torn.map(([id, text]) => `torn: ${id}: ${String(text)}`));
    wrong.push(...lost.map(([id, index]) => `lost: model ${String(index)} of ${id}`));
    if (torn.length + lost.length === 0) recovered += 1;
  };
  try {
    const kills = isInjected ? PAGE_KILLS[isLong ? 1 : 0] : 1;
    for (let kill = 0; kill < kills && (kill === 0 || !isTimeUp()); kill++) {
      const { browser, probe } = await opened();
      if (kill > 0) await verify({ probe });
      let count = 0;
      let isSaving = false;
      let first = (): void => undefined;
      const begun = new Promise<void>((resolve) => (first = resolve));
      const heard = (id: string, index: number, isWhole: boolean): void => {
        isSaving = !isWhole;
        if (!isWhole) return;
        acknowledged.set(id, index);
        next = index + 1;
        count += 1;
        first();
      };
      await probe.page.exposeFunction(ACKNOWLEDGED, heard);
      const saving = probe.call('saveModels', next, ACKNOWLEDGED, isInjected ? null : 3);
      if (isInjected) {
        // It never ends by itself; a kill before the first would prove nothing of what was acknowledged.
        await Promise.race([begun, saving]);
        saving.catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, random.nextUniform() * 2000));
        caught += isSaving ? 1 : 0;
      } else await saving;
      await browser.kill();
      // The next one continues behind what may have been written and not acknowledged.
      next += 1;
      seen.push(isInjected ? `killed with ${String(count)} acknowledged` : '');
    }
    const last = await opened();
    await verify(last);
    await last.browser.kill();
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
  if (isInjected && caught === 0) wrong.push('no kill caught a save in the middle');
  return { seen, recovered, wrong };
};

const node: Run<NodeHost> = async (
  host,
  { isInjected, random, isLong, isTimeUp },
): Promise<Outcome> => {
  const kills = isInjected ? NODE_KILLS[isLong ? 1 : 0] : 3;
  const folders = { root: host.folder(), programs: host.folder() };
  const report = await killWriters(kills, random, folders, { isKilled: isInjected, isTimeUp });
  const wrong = [
    ...report.torn.map((text) => `torn: ${text}`),
    ...report.lost.map((id) => `lost: ${id}`),
    ...(isInjected && report.caught === 0 ? ['no kill caught a write in the middle'] : []),
  ];
  return {
    seen: report.acknowledged.map((count) =>
      isInjected ? `killed with ${String(count)} acknowledged` : '',
    ),
    recovered: wrong.length === 0 ? report.acknowledged.length : 0,
    wrong,
  };
};

export const fault = defineFault({
  id: 'T02',
  fault: 'the process is killed while it saves, at a random moment',
  expected: 'nothing is torn; everything that was acknowledged is there',
  injection: 'process',
  detects: /^killed with [1-9]\d* acknowledged/,
  isOwnSign: true,
  hosts: { page, node },
});
