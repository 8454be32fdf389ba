import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHANGES, type FaultTable, type StoredRow } from '../../scripts/faults/fault-table.ts';
import type { FaultRow } from './fault-row.ts';
import { readRequest } from './request.ts';
import { NodeHost } from './hosts/node-host.ts';
import { PageHost } from './hosts/page-host.ts';
import { IDS, ROWS } from './rows.ts';
import { runRow, type Hosts, type RowResult } from './run-row.ts';

const { only, host: onlyHost, isLong, seed, minutes, outFile } = readRequest();
const HOSTS = (['node', 'page'] as const).filter((name) => onlyHost === null || name === onlyHost);

const LISTED = IDS.map((id) => {
  const row = ROWS.find((one) => one.id === id);
  const { fault = '', expected = '', notInjectable = '', isOwnSign = false } = row ?? {};
  return { id, fault, expected, notInjectable, isOwnSign };
});
const rows: StoredRow[] = [];
// Before the first row, so that the files that a run itself writes do not count.
const commit = commitNow();
let node: NodeHost | null = null;
let page: Promise<PageHost> | null = null;
let hosts: Hosts;

beforeAll(async () => {
  const opened = await NodeHost.open();
  node = opened;
  hosts = { node: opened, page: () => (page ??= PageHost.open()) };
});
afterAll(async () => {
  await (await page)?.close();
  node?.close();
});

/** HEAD, and whether files differ from it: a result is then of no commit. */
function commitNow(): string {
  const git = (...words: readonly string[]) =>
    execFileSync('git', words, { encoding: 'utf8' }).trim();
  return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : CHANGES);
}

/** Stored after every row: what was measured is not lost with the rest. */
async function store(row: FaultRow, result: RowResult): Promise<void> {
  const { fault, injection } = row;
  const adapter = page === null || result.host === 'node' ? '' : await (await page).adapter();
  const date = new Date().toISOString().slice(0, 10);
  const load = Number((loadavg()[0] ?? 0).toFixed(1));
  rows.push({ ...result, fault, injection, adapter, commit, date, load });
  if (outFile === null) return;
  const table: FaultTable = { listed: LISTED, rows };
  writeFileSync(outFile, JSON.stringify(table));
}

const isWanted = (id: string): boolean => only === null || only.includes(id);

// A suite without a test would be a failure.
const runsHere = ({ hosts: own }: FaultRow): boolean =>
  HOSTS.some((host) => own[host] !== undefined);

for (const row of ROWS.filter((one) => isWanted(one.id) && runsHere(one))) {
  describe(row.id, () => {
    for (const name of HOSTS.filter((host) => row.hosts[host] !== undefined)) {
      it(`${row.fault} (${name})`, async () => {
        const result = await runRow(row, name, hosts, { seed, isLong, minutes });
        await store(row, result);
        // Now, and not when hours of other rows are over.
        for (const text of result.wrong) console.log(`${row.id}: ${text}`);
        expect(result.wrong).toEqual([]);
      });
    }
  });
}

// A choice that leaves nothing must not look like success.
it('has rows to run', () => {
  expect(ROWS.filter(({ id }) => isWanted(id))).not.toEqual([]);
});
