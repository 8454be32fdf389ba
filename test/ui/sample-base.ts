import type { BaseSummary } from '../../workers/api.ts';
import { TINY } from '../support/tiny-checkpoint.ts';

/** What the page is told of a checkpoint. */
export const SAMPLE_BASE: BaseSummary = {
  architecture: 'Qwen3',
  config: { ...TINY, vocabSize: 151_936, layers: 28, width: 1024 },
  parameters: 596_049_920,
  tokens: 151_669,
  sizeBytes: 1_192_099_840,
  types: ['BF16'],
  ignored: [],
  digest: 'd1e5'.repeat(16),
};
