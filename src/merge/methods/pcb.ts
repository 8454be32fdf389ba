import { ANY_MODELS, type MergeMethod } from '../method.ts';
import type { ParameterDef } from '../parameters.ts';
import { throughModel } from '../recorded/recorded-form.ts';
import { runPcb } from '../sparse/pcb.ts';
import { LAMBDA } from './common-parameters.ts';

const PARAMETERS: readonly ParameterDef[] = [
  {
    kind: 'number',
    name: 'pcb_ratio',
    title: 'Kept share r',
    doc: 'Share of each task vector, by score, that enters the merged model.',
    perModel: false,
    default: 0.1,
    range: [0, 1],
  },
  LAMBDA,
];

/**
 * Parameter competition balancing as the paper's text has it, over the whole model.
 *   θ = θᵦ + λ Σ sₖ τ̂ₖ / Σ sₖ, sₖ = the scores above their (1 − r)-quantile, mapped to 0…1,
 *   score = exp(K Nₖ²) Σⱼ tanh(nₖ nⱼ)
 * τ̂ is τ with |τ| clamped to its 1 % and 99 % quantiles, N is |τ̂| mapped to 0…1, n = sgn(τ) N. A
 * task vector without any range of scores has no influence; where no score counts the base stays.
 * @numeric |y − f64| <= 2e-6 + 1e-5 |y|; same bits on repeat
 * @source  Du et al. 2024, arXiv:2410.02396; pcb-merging (official) `vision_source_code/pcb_ES.py`
 */
export const pcbVision: MergeMethod = {
  id: 'pcb_vision',
  title: 'PCB',
  summary: 'θ = θᵦ + λ Σ sₖ τₖ / Σ sₖ, the scores sₖ from competition within and between models.',
  source: 'Du et al. 2024, arXiv:2410.02396; pcb-merging (official) pcb_ES.py',
  models: ANY_MODELS,
  needsBase: true,
  family: 'sparse',
  isGlobal: () => true,
  rangesOfModel: throughModel,
  parameters: PARAMETERS,
  apply: (context) =>
    runPcb(context, {
      clamp: 0.01,
      isPairwise: true,
      ratio: context.values.number('pcb_ratio'),
      lambda: context.values.number('lambda'),
    }),
};

/**
 * The same as the official repository's front page has it: score = exp(K Nₖ²) tanh(τₖ Σⱼ τⱼ), and
 * clamps at 0.01 % and 99.99 %.
 * @numeric |y − f64| <= 2e-6 + 1e-5 |y|; same bits on repeat
 * @source  Du et al. 2024, arXiv:2410.02396; pcb-merging (official) `pcb-merging.py`
 */
export const pcbReadme: MergeMethod = {
  ...pcbVision,
  id: 'pcb_readme',
  title: 'PCB, second form',
  summary: 'θ = θᵦ + λ Σ sₖ τₖ / Σ sₖ, the scores sₖ from exp(K Nₖ²) tanh(τₖ Σⱼ τⱼ).',
  source: 'Du et al. 2024, arXiv:2410.02396; pcb-merging (official) pcb-merging.py',
  apply: (context) =>
    runPcb(context, {
      clamp: 0.0001,
      isPairwise: false,
      ratio: context.values.number('pcb_ratio'),
      lambda: context.values.number('lambda'),
    }),
};
