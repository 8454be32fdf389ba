import { buildSemanticIds } from '../../rec/semantic-ids/build-ids.ts';
import { givenSemanticIds } from '../../rec/semantic-ids/given-ids.ts';
import type { IdsArtefact } from '../artefacts.ts';
import type { IdsJob } from '../job.ts';
import { deriveSeed } from './job-context.ts';
import type { JobContext } from './job-context.ts';

/** Names every item of a domain by a path of codes. */
export function buildIds(job: IdsJob, context: JobContext): IdsArtefact {
  const { domain, levels, codes, features, dimensions, beforeMs } = job.settings;
  const data = context.domainData(domain);
  const ids =
    features === 'file'
      ? givenSemanticIds(data, levels, codes)
      : buildSemanticIds(data, {
          levels,
          codesPerLevel: codes,
          features,
          dimensions,
          // Text alone looks at no interaction, whatever the time.
          beforeMs: beforeMs ?? -Infinity,
          seed: deriveSeed(job.seed, `ids/${domain}`),
        });
  const total = data.itemIds.length;
  context.progress(total, total, 'items');
  return { domain, itemIds: [...data.itemIds], ids: { ...ids } };
}
