import { hashJson, sha256Hex } from '../../core/hash.ts';
import type { ImpressionLog, InteractionLog } from './types.ts';

/**
 * SHA-256 over the content of the domains: ids, titles and the three columns, in the order of
 * the logs. Names of files and notes are left out, so the same content has the same digest. Side
 * features and impressions have a digest of their own, so that results stored before there were any
 * keep their ids.
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

/**
 * SHA-256 over what `datasetDigest` leaves out, side features and impressions: part of every job
 * id that depends on them.
 */
export async function behaviourDigest(domains: readonly InteractionLog[]): Promise<string> {
  const parts: unknown[] = [];
  for (const { domain, features, impressions } of domains) {
    parts.push({
      domain,
      features: features === undefined ? null : await hashJson(features),
      impressions: impressions === undefined ? null : await columnDigests(impressions),
    });
  }
  return hashJson(['mmgrid-behaviour/1', parts]);
}

/** The columns of an impression log, in a fixed order. */
export function impressionColumns(log: ImpressionLog) {
  return [
    log.users,
    log.timesMs,
    log.candidateStarts,
    log.candidates,
    log.clicked,
    log.historyStarts,
    log.history,
  ] as const;
}

function columnDigests(log: ImpressionLog): Promise<readonly string[]> {
  const bytes = impressionColumns(log).map(
    ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
  );
  return Promise.all(bytes.map(sha256Hex));
}
