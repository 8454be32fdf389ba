import { AppError } from '../core/errors.ts';

/** 97.5 % points of Student's t for 1 … 31 degrees of freedom. */
const T_975: readonly number[] = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
  2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048,
  2.045, 2.042, 2.04,
];

/** 97.5 % point of Student's t; undefined beyond 1 … 31 degrees of freedom. */
export function studentT975(degreesOfFreedom: number): number | undefined {
  return T_975[degreesOfFreedom - 1];
}

export interface SeedInterval {
  readonly mean: number;
  /** Half the width of the 95 % interval of the mean over seeds: t · s / √n. */
  readonly halfWidth: number;
  readonly seeds: number;
}

/**
 * Mean over seeds and its 95 % interval (Student's t). It says how far training itself scatters, on
 * the same users; the standard error of one run says how far another draw of users would.
 * @errors invalid-argument for fewer than 2 or more than 32 values
 */
export function seedInterval(values: readonly number[]): SeedInterval {
  const n = values.length;
  const t = studentT975(n - 1);
  if (t === undefined) {
    throw new AppError('invalid-argument', `No interval over ${String(n)} seeds.`, {
      hint: 'Use 2 to 32 seeds.',
    });
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, halfWidth: t * Math.sqrt(squares / (n - 1) / n), seeds: n };
}
