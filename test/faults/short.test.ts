import { afterAll, beforeAll, expect, it } from 'vitest';
import { NodeHost } from './hosts/node-host.ts';
import { ROWS } from './rows.ts';
import { runRow } from './run-row.ts';

let node: NodeHost;
beforeAll(async () => {
  node = await NodeHost.open();
});
afterAll(() => {
  node.close();
});

const SHORT = ROWS.filter(({ isShort }) => isShort === true);

/** The rows that cost little; `npm run faults` runs all of them. */
it.each(SHORT.map((row) => [row.id, row.fault, row] as const))('%s: %s', async (_, _fault, row) => {
  const page = () => Promise.reject(new Error('There is no page here.'));
  const result = await runRow(
    row,
    'node',
    { node, page },
    { seed: 1, isLong: false, minutes: null },
  );
  expect(result.wrong).toEqual([]);
});
