import { testSamples } from '../../rec/data/split.ts';
import type { DomainData, Sample } from '../../rec/data/types.ts';
import type { SettingsOf } from '../job/job.ts';

/**
 * The test users that are ranked. The draw is the same for every model and seed, so that all
 * models are compared on the same users.
 * @errors data-invalid when the domain has no test user
 */
export function testUsers(
  data: DomainData,
  {
    test,
    sampling,
    users,
  }: Pick<SettingsOf<'evaluate'> | SettingsOf<'baseline'>, 'test' | 'sampling' | 'users'>,
): { samples: Sample[]; capped: boolean } {
  const all = testSamples(data, test, sampling);
  if (all.length <= users) return { samples: all, capped: false };
  return {
    samples: testSamples(data, test, { ...sampling, maxUsers: users, seed: 0 }),
    capped: true,
  };
}
