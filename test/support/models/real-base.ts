import { openAsBlob } from 'node:fs';
import { join } from 'node:path';
import { blobSource, type ByteSource } from '../../../src/io/byte-source.ts';
import { writeBaseFolder } from '../../../bench/base-folder/write-base-folder.ts';
import type { Scale } from '../../../bench/base-folder/shape.ts';
import { listFolder } from '../../../scripts/server/list-folder.ts';
import { freshFolder } from '../fresh-folder.ts';

/** A folder of the shape of Qwen3-0.6B, every size divided by the scale. */
export function realBase(scale: Scale = 16, seed = 1): string {
  const folder = join(freshFolder(), 'base');
  writeBaseFolder(folder, scale, seed);
  return folder;
}

/** Its files as a run is given them: read where they are needed. */
export async function filesOf(folder: string): Promise<ByteSource[]> {
  const listed = await listFolder(folder);
  return Promise.all(
    listed.map(async ({ name }) => blobSource(name, await openAsBlob(join(folder, name)))),
  );
}

/** An experiment on invented data that starts from it: semantic ids out of its own vectors. */
export function realBaseDocument(epochs: number, recompute = false): string {
  return `schema: mmgrid-experiment/1
name: real-base
data: { source: simulator, usersPerDomain: 40, itemsPerDomain: 60, interactionsPerUser: 12 }
contexts:
  domains: [Games]
  stages:
    - { name: pretrain, start: 2023-01-01, end: 2024-01-01 }
  test: { start: 2024-07-01, end: 2024-10-01 }
  filter: { minCount: 1 }
  history: 8
ids: { levels: 2, codes: 16, features: base }
base: { source: import, textTokens: 16 }
training:
  tokensPerBatch: 512
  recompute: ${String(recompute)}
  stages:
    pretrain: { epochs: ${String(epochs)} }
evaluation: { beam: 20, maxUsers: 4, crossUsers: 4 }
`;
}
