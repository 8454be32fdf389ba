import { AppError } from '../../core/errors.ts';
import type { Fault } from '../../core/errors.ts';
import type { DomainData, SemanticIds } from '../data/types.ts';
import { repairCollisions } from './collision-repair.ts';

const LISTED = 20;

/** Why the ids that came with the data do not fit; empty when they do. */
export function givenIdFaults(data: DomainData, levels: number, codesPerLevel: number): Fault[] {
  const { givenIds, itemIds, domain } = data;
  if (givenIds === undefined) {
    const message = `no file with ids of "${domain}" (semantic_ids_${domain}.json) was given`;
    return [{ place: domain, message }];
  }
  const faults = givenIds.flatMap((codes, item) => {
    const message = faultOf(codes, levels, codesPerLevel);
    return message === null ? [] : [{ place: `item "${itemIds[item] ?? ''}"`, message }];
  });
  return faults.slice(0, LISTED);
}

/**
 * Ids made by another program, as they are; of items that share a whole id all but the first move
 * to the nearest free code number of the last level (the centroids are not known here).
 * @errors data-invalid with the items that have no id or one that does not fit
 */
export function givenSemanticIds(
  data: DomainData,
  levels: number,
  codesPerLevel: number,
): SemanticIds {
  const faults = givenIdFaults(data, levels, codesPerLevel);
  if (faults.length > 0) {
    throw new AppError('data-invalid', `The given ids of "${data.domain}" cannot be used.`, {
      hint: 'Nothing was stored. Give ids for all items, set levels and codes of the ids as the file has them, or let ids be built.',
      faults,
    });
  }
  const codes = Uint16Array.from((data.givenIds ?? []).flatMap((own) => own ?? []));
  const line = Float64Array.from({ length: codesPerLevel }, (_, code) => code);
  return repairCollisions(codes, levels, { rows: codesPerLevel, columns: 1, values: line });
}

function faultOf(
  codes: readonly number[] | null,
  levels: number,
  codesPerLevel: number,
): string | null {
  if (codes === null) return 'has no id in the file';
  if (codes.length !== levels) {
    return `has ${String(codes.length)} levels, the experiment ${String(levels)}`;
  }
  const largest = Math.max(...codes);
  if (largest < codesPerLevel) return null;
  return `has code ${String(largest)}, the experiment ${String(codesPerLevel)} codes a level`;
}
