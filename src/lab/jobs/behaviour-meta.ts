import { AppError } from '../../core/errors.ts';
import { stackOf } from '../../nn/behaviour-model/behaviour-layout.ts';
import type { BehaviourFacts, CheckpointMeta } from '../checkpoint-meta.ts';

/** AdamW's decay rates in the official program. @source GPSD, arXiv:2506.03699 */
export const GPSD_BETAS = [0.9, 0.98] as const;

/** What a behaviour model's checkpoint says where other paradigms have ids and tokens. */
export function behaviourMeta(behaviour: BehaviourFacts) {
  return {
    config: stackOf(behaviour.config),
    paradigm: 'discriminative' as const,
    behaviour,
    vocabulary: { levels: 0, codes: 0 },
    semanticIds: {},
  };
}

/** @errors internal for a checkpoint of another paradigm */
export function behaviourOf({ behaviour, name }: CheckpointMeta): BehaviourFacts {
  if (behaviour !== undefined) return behaviour;
  throw new AppError('internal', `"${name}" is no behaviour model.`);
}
