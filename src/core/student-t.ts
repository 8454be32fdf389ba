/** 97.5 % points for 1 … 31 degrees of freedom. */
const T_975: readonly number[] = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
  2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048,
  2.045, 2.042, 2.04,
];
/** The same point of the normal distribution. */
const Z = 1.959964;

/**
 * 97.5 % point of Student's t; beyond the table by its expansion about the normal distribution
 * (error below 1e-5 there). undefined below 1 degree of freedom.
 * @source Abramowitz & Stegun 26.7.5
 */
export function studentT975(degreesOfFreedom: number): number | undefined {
  if (degreesOfFreedom <= T_975.length) return T_975[degreesOfFreedom - 1];
  const n = degreesOfFreedom;
  const first = (Z ** 3 + Z) / (4 * n);
  const second = (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / (96 * n ** 2);
  const third = (3 * Z ** 7 + 19 * Z ** 5 + 17 * Z ** 3 - 15 * Z) / (384 * n ** 3);
  return Z + first + second + third;
}
