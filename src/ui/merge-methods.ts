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
  readonly linear: boolean;
  readonly hasWeights: boolean;
  /** Parameter that scales the merged task vector, when there is one. */
  readonly scale: string | null;
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

/** The methods of this page, in order of how simple they are. */
export const MERGE_METHODS: readonly MethodForm[] = [
  {
    id: 'linear',
    title: 'Weight averaging',
    over: 'domains',
    summary: 'θ = Σ wₖ θₖ: the weighted mean of the parameters.',
    usesBase: false,
    linear: true,
    hasWeights: true,
    scale: null,
    parameters: [],
  },
  {
    id: 'task_arithmetic',
    title: 'Task arithmetic',
    over: 'domains',
    summary: 'θ = θᵦ + λ Σ wₖ (θₖ − θᵦ): adds what each model learned on top of the base.',
    usesBase: true,
    linear: true,
    hasWeights: true,
    scale: 'lambda',
    parameters: [LAMBDA],
  },
  {
    id: 'ties',
    title: 'TIES',
    over: 'domains',
    summary:
      'Keeps the largest share of each task vector, elects one sign per parameter, averages those that agree.',
    usesBase: true,
    linear: false,
    hasWeights: true,
    scale: 'lambda',
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
    summary: 'θ = θₜ + α (θₜ − θₜ₋₁): extrapolates the last step in time; negative α goes back.',
    usesBase: false,
    linear: true,
    hasWeights: false,
    scale: null,
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

/**
 * True when the choice of base provably changes nothing:
 * θᵦ + Σ wₖ (θₖ − θᵦ) = Σ wₖ θₖ when Σ wₖ = 1 and the scale is 1.
 */
export function baseCancels(
  method: MethodForm,
  weights: readonly number[],
  parameters: Readonly<Record<string, number>>,
): boolean {
  if (!method.linear) return false;
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const scale = method.scale === null ? 1 : (parameters[method.scale] ?? 1);
  return Math.abs(sum * scale - 1) < 1e-9;
}
