/** Half a 95 % interval in standard errors. */
export const HALF_INTERVAL = 1.96;
