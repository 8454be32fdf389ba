import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { RandomStream } from '../../src/core/rng.ts';
import { writeCsv } from '../../src/io/csv-write.ts';
import { simulateDataset } from '../../src/rec/simulator/simulator.ts';

/**
 * Four invented shops as one CSV file, with one shop more: `All`, of some users of each with ids of
 * their own. A model of it is a recommender of all shops, which no document of the simulator has.
 * `node --import tsx bench/findings/pooled-shops.ts --out file.csv`, for experiments/findings-bases.yaml
 */
const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '1000' },
    /** Of each shop. */
    pooled: { type: 'string', default: '250' },
    seed: { type: 'string', default: '1' },
    out: { type: 'string', default: 'shops.csv' },
  },
});
const stage = (name: string, start: string, end: string) => ({
  name,
  startMs: Date.parse(start),
  endMs: Date.parse(end),
});
const { domains } = await simulateDataset({
  domains: ['Games', 'Books', 'Movies', 'Music'],
  schedule: {
    stages: [
      stage('pretrain', '2023-01-01', '2024-01-01'),
      stage('phase1', '2024-01-01', '2024-04-01'),
      stage('phase2', '2024-04-01', '2024-07-01'),
    ],
    test: stage('test', '2024-07-01', '2024-10-01'),
  },
  usersPerDomain: Number(values.users),
  itemsPerDomain: 160,
  interactionsPerUser: 16,
  sharedUsers: 0,
  seed: Number(values.seed),
});
const rows: (string | number)[][] = [];
for (const log of domains) {
  const order = Array.from({ length: log.userIds.length }, (_, user) => user);
  const users = new RandomStream(0, `pooled/${log.domain}`).shuffle(order);
  const pooled = new Set(users.slice(0, Number(values.pooled)));
  log.users.forEach((user, at) => {
    const [item = 0, timeMs = 0] = [log.items[at], log.timesMs[at]];
    const [userId = '', itemId = ''] = [log.userIds[user], log.itemIds[item]];
    const title = log.titles?.[item] ?? '';
    rows.push([userId, itemId, timeMs, title, log.domain]);
    if (!pooled.has(user)) return;
    rows.push([`${log.domain}/${userId}`, `${log.domain}/${itemId}`, timeMs, title, 'All']);
  });
}
await mkdir(dirname(values.out), { recursive: true });
await writeFile(values.out, writeCsv(['user', 'item', 'time', 'name', 'domain'], rows));
