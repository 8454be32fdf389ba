import { AppError } from '../../src/core/errors.ts';
import { LEADING_ROWS } from './rows.ts';
import type { LeadingTable, TableDifference, TableRow } from './table.ts';

/** Of means of the same ranks, summed in one order: they are equal, or of other ranks. */
const SAME = 1e-9;

/**
 * Lines that were made now beside those of the stored table, so that one more document does not take
 * all runs again. A line of fewer seeds than the stored one has, as where a reference ran once for the
 * differences of others, changes nothing. Lines of the same seeds must say the same.
 * @errors data-invalid naming a line that says something else than before, or has other users
 */
export function besideStored(stored: LeadingTable, made: LeadingTable): LeadingTable {
  const before = new Map(stored.rows.map((row) => [row.label, row]));
  const now = new Map(made.rows.map((row) => [row.label, row]));
  const isNew = (label: string) => {
    const [own, old] = [now.get(label), before.get(label)];
    return own !== undefined && (old === undefined || own.seeds.length >= old.seeds.length);
  };
  // A reference of fewer seeds says all of a line that has no others.
  const isWhole = ({ label, reference }: TableDifference) => {
    const [own, other] = [now.get(label)?.seeds, now.get(reference)?.seeds];
    const isCovered = own?.every((seed) => other?.includes(seed)) === true;
    return isNew(label) && (isNew(reference) || isCovered);
  };
  for (const row of made.rows) checkSame(before.get(row.label), row);
  const labels = LEADING_ROWS.map(({ label }) => label);
  const differences = made.differences.filter(isWhole);
  const isMade = (old: TableDifference) =>
    differences.some(
      ({ label, reference, domain }) =>
        label === old.label && reference === old.reference && domain === old.domain,
    );
  return {
    rows: labels.flatMap((label) => {
      const row = isNew(label) ? now.get(label) : before.get(label);
      return row === undefined ? [] : [row];
    }),
    differences: [...stored.differences.filter((old) => !isMade(old)), ...differences],
  };
}

function checkSame(stored: TableRow | undefined, made: TableRow): void {
  if (stored === undefined) return;
  const isOfSameSeeds = stored.seeds.join() === made.seeds.join();
  for (const { domain, users, measured } of made.contexts) {
    const old = stored.contexts.find((context) => context.domain === domain);
    const isSame =
      old?.users === users &&
      (!isOfSameSeeds ||
        (Math.abs(old.measured.recall.value - measured.recall.value) <= SAME &&
          Math.abs(old.measured.ndcg.value - measured.ndcg.value) <= SAME));
    if (isSame) continue;
    const message = `"${made.label}" has other numbers of ${domain} than the stored table.`;
    throw new AppError('data-invalid', message, {
      hint: 'Nothing was written. Run all documents again with one program, and give all their folders.',
    });
  }
}
