/** One number of a merge method, as the form shows it. */
export interface MethodParameter {
  readonly name: string;
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly initial: number;
  readonly help: string;
}

/** What the merge form needs to know of a method of the experiment schema. */
export interface MethodForm {
  readonly id: string;
  readonly title: string;
  readonly over: 'domains' | 'periods';
  /** One sentence for the reader, with the formula. */
  readonly summary: string;
  readonly usesBase: boolean;
  /** Linear in the models: with weights that sum to one and scale one the base cancels. */
  readonly isLinear: boolean;
  /** One weight a model. */
  readonly hasWeights: boolean;
  /** What the method's `normalize` means in words; '' where it has none. */
  readonly normalizeText: string;
  readonly parameters: readonly MethodParameter[];
}

const LAMBDA: MethodParameter = {
  name: 'lambda',
  label: 'Scale λ',
  min: 0,
  max: 2,
  step: 0.05,
  initial: 1,
  help: 'Multiplies the merged task vector before it is added to the base.',
};

/** The methods of this page, the simplest first. */
export const MERGE_METHODS: readonly MethodForm[] = [
  {
    id: 'linear',
    title: 'Weight averaging',
    over: 'domains',
    summary: 'θ = Σ wₖ θₖ: the weighted mean of the parameters.',
    usesBase: false,
    isLinear: true,
    hasWeights: true,
    normalizeText: 'Normalise weights to sum 1',
    parameters: [],
  },
  {
    id: 'task_arithmetic',
    title: 'Task arithmetic',
    over: 'domains',
    summary: 'θ = θᵦ + λ Σ wₖ (θₖ − θᵦ): adds what each model learned on top of the base.',
    usesBase: true,
    isLinear: true,
    hasWeights: true,
    normalizeText: 'Normalise weights to sum 1',
    parameters: [LAMBDA],
  },
  {
    id: 'ties',
    title: 'TIES',
    over: 'domains',
    summary:
      'Keeps the largest share of each task vector, elects one sign a parameter, and averages the values that agree with it.',
    usesBase: true,
    isLinear: false,
    hasWeights: true,
    normalizeText: 'Average the values that agree (off: add them up)',
    parameters: [
      {
        name: 'density',
        label: 'Kept share',
        min: 0.05,
        max: 1,
        step: 0.05,
        initial: 0.2,
        help: 'Share of each task vector that survives trimming, largest magnitudes first.',
      },
      LAMBDA,
    ],
  },
  {
    id: 'velocity',
    title: 'Velocity over periods',
    over: 'periods',
    summary: 'θ = θₜ + α (θₜ − θₜ₋₁): continues the last step in time; a negative α goes back.',
    usesBase: false,
    isLinear: true,
    hasWeights: false,
    normalizeText: '',
    parameters: [
      {
        name: 'alpha',
        label: 'Step α',
        min: -1,
        max: 1,
        step: 0.05,
        initial: 0.25,
        help: '0 keeps the last checkpoint, −1 is the one before it.',
      },
    ],
  },
];

/** @errors none: an unknown id is null, documents may name methods that the form does not offer */
export function methodForm(id: string): MethodForm | null {
  return MERGE_METHODS.find((method) => method.id === id) ?? null;
}

/**
 * True when the choice of base provably changes nothing:
 * θᵦ + λ Σ wₖ (θₖ − θᵦ) = λ Σ wₖ θₖ exactly when λ Σ wₖ = 1.
 */
export function baseCancels(
  method: MethodForm,
  weights: readonly number[],
  normalize: boolean,
  lambda: number,
): boolean {
  if (!method.isLinear) return false;
  const sum = normalize ? 1 : weights.reduce((total, weight) => total + weight, 0);
  return Math.abs(sum * lambda - 1) < 1e-9;
}
