import { FaultList } from '../../../../io/fault-list.ts';
import type { SemanticIds } from '../../../../rec/data/types.ts';
import type { ImportedCompactModel } from '../../../experiment/experiment-types.ts';

const HINT =
  'Nothing was trained. Open a folder that was exported with these data, ids and form, or make the base here (base.source).';

/**
 * What of a domain's ids differs from those that the files' tables stand for: rows of codes and
 * prefixes mean something only where every item has the id it was trained with.
 */
export function importedIdFaults(
  { ids: named }: ImportedCompactModel,
  { domain, itemIds, ids }: { domain: string; itemIds: readonly string[]; ids: SemanticIds },
): FaultList {
  const faults = new FaultList();
  const given = named.get(domain);
  if (given === undefined) {
    const has = [...named.keys()].join(', ');
    faults.add(domain, `has no ids in the files${has === '' ? '' : `, which have: ${has}`}`);
    return faults;
  }
  const { codes, levels } = ids;
  itemIds.forEach((item, at) => {
    const own = codes.subarray(at * levels, (at + 1) * levels).join(' ');
    const other = given.get(item)?.join(' ');
    if (other === own) return;
    const found =
      other === undefined ? 'has no id in the files' : `has the id ${own}; in the files ${other}`;
    faults.add(`${domain} "${item}"`, found);
  });
  if (given.size > itemIds.length && faults.total === 0) {
    const more = given.size - itemIds.length;
    faults.add(domain, `lacks ${String(more)} items that have an id in the files`);
  }
  return faults;
}

/** @errors data-invalid with what differs */
export function checkImportedIds(
  model: ImportedCompactModel,
  domain: Parameters<typeof importedIdFaults>[1],
): void {
  const faults = importedIdFaults(model, domain);
  if (faults.total === 0) return;
  throw faults.toError(
    'data-invalid',
    `The ids of "${domain.domain}" are not those of the base from files.`,
    HINT,
  );
}
