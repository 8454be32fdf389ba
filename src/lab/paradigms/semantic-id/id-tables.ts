import { rowOf } from '../../../core/dense-matrix.ts';
import { itemFeatures } from '../../../rec/semantic-ids/build-ids.ts';
import type { JobOf } from '../../job/job.ts';
import type { IdsArtefact } from '../../results/artefacts.ts';
import type { DataTable } from '../../work/data-table.ts';
import { deriveSeed, type JobContext } from '../../work/job-context.ts';

/** The code of every item at every level, and the vectors they come from where those are ours. */
export function idTables(
  job: JobOf<'ids'>,
  { domain, itemIds, ids }: IdsArtefact,
  context: JobContext,
): DataTable[] {
  const { levels, codes } = ids;
  const table = {
    domain,
    name: `codes-seed${String(job.seed)}`,
    header: ['item', ...Array.from({ length: levels }, (_, level) => `code_${String(level)}`)],
    rows: itemIds.map((id, item) => [id, ...codes.subarray(item * levels, (item + 1) * levels)]),
  };
  return [table, ...featureTables(job, context)];
}

/** Vectors of a base, or of a file, are not ours to repeat: the files they came from have them. */
function featureTables(job: JobOf<'ids'>, { domainData }: JobContext): DataTable[] {
  const { domain, levels, codes: codesPerLevel, features, dimensions, beforeMs } = job.settings;
  if (features === 'base' || features === 'file') return [];
  const data = domainData(domain);
  const vectors = itemFeatures(data, {
    ...{ levels, codesPerLevel, features, dimensions },
    beforeMs: beforeMs ?? -Infinity,
    seed: deriveSeed(job.seed, `ids/${domain}`),
  });
  return [
    {
      domain,
      name: `features-seed${String(job.seed)}`,
      header: ['item', ...Array.from({ length: vectors.columns }, (_, at) => `x_${String(at)}`)],
      rows: data.itemIds.map((id, item) => [id, ...rowOf(vectors, item)]),
    },
  ];
}
