import { AppError } from '../../../core/errors.ts';
import {
  headWidthOf,
  stackOf,
  type BehaviourConfig,
} from '../../../nn/behaviour-model/behaviour-layout.ts';
import { clickModel, type ClickModel } from '../../../nn/behaviour-model/click-model.ts';
import type { DinConfig } from '../../../nn/din-model/din-layout.ts';
import { dinModel } from '../../../nn/din-model/din-model.ts';
import type { ClickRowsConfig } from '../../../rec/behaviour/click-batches.ts';
import type { BehaviourFacts, CheckpointMeta } from '../../checkpoints/checkpoint-meta.ts';

/** Seed of everything random in click models: the same for all strategies of a seed. */
export const CLICK_START = 'click model';

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
export function behaviourOf({
  behaviour,
  name,
}: Pick<CheckpointMeta, 'behaviour' | 'name'>): BehaviourFacts {
  if (behaviour !== undefined) return behaviour;
  throw new AppError('internal', `"${name}" is no behaviour model.`);
}

/** The model behind a checkpoint of clicks, and what its batches depend on. */
export function clickModelOf({ config, din }: Pick<BehaviourFacts, 'config' | 'din'>): {
  readonly model: ClickModel;
  readonly config: ClickRowsConfig;
} {
  return { model: din === undefined ? clickModel(config) : dinModel(din), config };
}

/** Hidden layer of DIN's activation unit. @source Zhou et al. 2018, arXiv:1706.06978 */
const ACTIVATION_WIDTH = 36;

/** DIN on the tables and head inputs of a transformer. */
export function dinConfig(config: BehaviourConfig): DinConfig {
  const { items, features, width, numeric, moments } = config;
  return {
    ...{ items, features, width, numeric },
    ...(moments !== undefined && { moments }),
    activationWidth: ACTIVATION_WIDTH,
    headWidth: headWidthOf(config),
  };
}
