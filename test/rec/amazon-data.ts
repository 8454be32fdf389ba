import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { InteractionLog, Schedule } from '../../src/rec/data/types.ts';

const FOLDER = resolve(import.meta.dirname, '../../../shared/data/amazon-2018-two-domains');

/** The real data lie beside the project where they are available. */
export const hasAmazonData = existsSync(FOLDER);

export const AMAZON_DOMAINS = ['Office_Products', 'Industrial_and_Scientific'] as const;

/** As dated in the data's README. */
export const AMAZON_SCHEDULE: Schedule = {
  stages: [
    { name: 'pretrain', startMs: Date.UTC(2000, 0), endMs: Date.UTC(2018, 0) },
    { name: 'phase1', startMs: Date.UTC(2018, 0), endMs: Date.UTC(2018, 3) },
    { name: 'phase2', startMs: Date.UTC(2018, 3), endMs: Date.UTC(2018, 6) },
  ],
  test: { name: 'test', startMs: Date.UTC(2018, 6), endMs: Date.UTC(2018, 9) },
};

/** Reads one domain without the importers, so that these tests check only what they name. */
export function readAmazonLog(domain: string): InteractionLog {
  const text = (name: string) => gunzipSync(readFileSync(resolve(FOLDER, name))).toString('utf8');
  const rows = text(`${domain}.csv.gz`)
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));
  const userIds = [...new Set(rows.map((row) => row[0] ?? ''))].sort();
  const itemIds = [...new Set(rows.map((row) => row[1] ?? ''))].sort();
  const userOf = new Map(userIds.map((id, index) => [id, index]));
  const itemOf = new Map(itemIds.map((id, index) => [id, index]));
  const titleOf = new Map(
    text(`meta_${domain}.jsonl.gz`)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { parent_asin: string; title: string })
      .map(({ parent_asin, title }) => [parent_asin, title]),
  );
  return {
    domain,
    userIds,
    itemIds,
    titles: itemIds.map((id) => titleOf.get(id) ?? ''),
    users: Uint32Array.from(rows, (row) => userOf.get(row[0] ?? '') ?? 0),
    items: Uint32Array.from(rows, (row) => itemOf.get(row[1] ?? '') ?? 0),
    timesMs: Float64Array.from(rows, (row) => Number(row[3])),
  };
}
