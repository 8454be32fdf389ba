import { ANY_MODELS, type MergeMethod } from '../method.ts';
import type { ChoiceParameter } from '../parameters.ts';
import { throughModel, throughRanges } from '../recorded/recorded-form.ts';
import { runTies } from '../ties/ties.ts';
import { LAMBDA, WEIGHT } from './common-parameters.ts';

const SCOPE: ChoiceParameter = {
  kind: 'choice',
  name: 'scope',
  title: 'Trim within',
  doc: 'Chooses the largest changes within each tensor, or over all parameters at once.',
  default: 'tensor',
  choices: ['tensor', 'global'],
};
const ZERO_SIGN: ChoiceParameter = {
  kind: 'choice',
  name: 'zero_sign',
  title: 'Sign of a draw',
  doc: 'What a vote that sums to exactly 0 elects: +, or the sign most parameters elected.',
  default: 'positive',
  choices: ['positive', 'majority'],
};
const ELECTION: ChoiceParameter = {
  kind: 'choice',
  name: 'election',
  title: 'Votes',
  doc: 'Whether weights count when the sign is elected.',
  default: 'weighted',
  choices: ['weighted', 'unweighted'],
};

/**
 * TIES.   trim τₖ to its ⌊ρₖ n⌋ largest magnitudes, elect s = sgn Σ wₖ τₖ (0 elects +),
 *         θ = θᵦ + λ Σ_{sgn = s} wₖ τₖ / Σ_{sgn = s} wₖ (a divisor of 0 counts as 1)
 * Equal magnitudes at the cut stay by lowest index, so exactly ⌊ρ n⌋ stay; where that is 0 the
 * tensor keeps the base (mergekit stops with an error).
 * @numeric kept sets exact; values |y − f64| <= 5e-7 + 1e-6 |y|; same bits on repeat
 * @source  Yadav et al. 2023, arXiv:2306.01708; mergekit `ties`
 */
export const ties: MergeMethod = {
  id: 'ties',
  title: 'TIES',
  summary:
    'Keeps the largest share of each task vector, elects one sign per parameter, averages those that agree.',
  source: 'Yadav et al. 2023, arXiv:2306.01708; mergekit 0.1.4 ties',
  models: ANY_MODELS,
  needsBase: true,
  family: 'sparse',
  isMergekit: true,
  isGlobal: (values) => values.choice('scope') === 'global',
  ranges: throughRanges,
  rangesOfModel: throughModel,
  isElementwise: (values) =>
    values.perModel('density').every((density) => density === 1) &&
    values.choice('zero_sign') === 'positive',
  parameters: [
    {
      kind: 'number',
      name: 'density',
      title: 'Kept share ρ',
      doc: 'Share of each task vector that survives trimming, largest magnitudes first.',
      perModel: true,
      default: 1,
      range: [0, 1],
    },
    WEIGHT,
    LAMBDA,
    {
      kind: 'boolean',
      name: 'normalize',
      title: 'Average',
      doc: 'Divides by the weights of the models that agree; off: adds them up.',
      default: true,
    },
    {
      kind: 'boolean',
      name: 'rescale',
      title: 'Restore norm',
      doc: 'Scales each trimmed task vector back to its L1 norm before the election.',
      default: false,
    },
    SCOPE,
    ZERO_SIGN,
    ELECTION,
  ],
  apply: (context) => {
    const { values } = context;
    const densities = values.perModel('density');
    return runTies(context, {
      keepsCuts: true,
      scope: values.choice('scope') === 'global' ? 'global' : 'tensor',
      keep: (model, size) => Math.floor((densities[model] ?? 1) * size),
      keepTies: false,
      rescale: values.boolean('rescale'),
      weights: values.perModel('weight'),
      weightedVotes: values.choice('election') === 'weighted',
      zeroSign: values.choice('zero_sign') === 'majority' ? 'majority' : 'positive',
      combine: values.boolean('normalize') ? 'mean' : 'sum',
      lambda: values.number('lambda'),
    });
  },
};
