import { hashJson, sha256Hex } from '../core/hash.ts';
import type { InteractionLog } from './types.ts';

/**
 * SHA-256 over the content of the domains: ids, titles and the three columns, in the order of
 * the logs. Names of files and notes are left out, so the same content has the same digest.
 */
export async function datasetDigest(domains: readonly InteractionLog[]): Promise<string> {
  const parts: unknown[] = [];
  for (const log of domains) {
    parts.push({
      domain: log.domain,
      users: await hashJson(log.userIds),
      items: await hashJson(log.itemIds),
      titles: log.titles === null ? null : await hashJson(log.titles),
      ...(log.descriptions !== undefined && { descriptions: await hashJson(log.descriptions) }),
      ...(log.givenIds !== undefined && { givenIds: await hashJson(log.givenIds) }),
      // Typed arrays are little-endian on every machine that runs a browser.
      columns: [
        await sha256Hex(new Uint8Array(log.users.buffer)),
        await sha256Hex(new Uint8Array(log.items.buffer)),
        await sha256Hex(new Uint8Array(log.timesMs.buffer)),
      ],
    });
  }
  return hashJson(['mmgrid-dataset/1', parts]);
}
