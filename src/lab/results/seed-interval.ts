import { AppError } from '../../core/errors.ts';
import { studentT975 } from '../../core/student-t.ts';

/** Seeds of an experiment at most. */
const MOST_SEEDS = 32;

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
  if (t === undefined || n > MOST_SEEDS) {
    throw new AppError('invalid-argument', `No interval over ${String(n)} seeds.`, {
      hint: 'Use 2 to 32 seeds.',
    });
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, halfWidth: t * Math.sqrt(squares / (n - 1) / n), seeds: n };
}
