import type { BehaviourSummary } from '../../../src/lab/checkpoints/imported-behaviour.ts';
import type { LanguageSummary } from '../../../src/lab/checkpoints/imported-base.ts';
import { TINY } from '../../support/models/tiny-checkpoint.ts';

/** What the page is told of a checkpoint. */
export const SAMPLE_BASE: LanguageSummary = {
  kind: 'language-model',
  architecture: 'Qwen3',
  config: { ...TINY, vocabSize: 151_936, layers: 28, width: 1024 },
  parameters: 596_049_920,
  tokens: 151_669,
  sizeBytes: 1_192_099_840,
  types: ['BF16'],
  ignored: [],
  digest: 'd1e5'.repeat(16),
};

/** What the page is told of a behaviour model with a click head. */
export const SAMPLE_BEHAVIOUR: BehaviourSummary = {
  kind: 'behaviour',
  sizes: { layers: 2, width: 32, heads: 4 },
  items: 1200,
  features: [
    { name: 'category', values: 12 },
    { name: 'brand', values: 80 },
  ],
  parameters: 70_000,
  sizeBytes: 280_000,
  types: ['F32'],
  ignored: ['click_head.hidden.weight', 'click_head.output.bias'],
  digest: 'beaf'.repeat(16),
};
