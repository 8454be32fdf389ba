import { hashJson, sha256Hex } from '../core/hash.ts';
import type { Dataset } from './types.ts';

/** SHA-256 over every column of every domain, in order; the data set's name is not part of it. */
export async function datasetDigest(domains: Dataset['domains']): Promise<string> {
  const parts = await Promise.all(
    domains.map(async (log) => ({
      domain: log.domain,
      userIds: await hashJson(log.userIds),
      itemIds: await hashJson(log.itemIds),
      titles: await hashJson(log.titles),
      users: await sha256Hex(bytesOf(log.users)),
      items: await sha256Hex(bytesOf(log.items)),
      timesMs: await sha256Hex(bytesOf(log.timesMs)),
    })),
  );
  return hashJson(parts);
}

function bytesOf(column: Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer>) {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}
