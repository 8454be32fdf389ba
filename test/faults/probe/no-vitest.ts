/** In the place of vitest, which helpers of tests import for checks that nobody calls in a page. */
export const expect = (): never => {
  throw new Error('There is no vitest in this page.');
};
export const afterAll = expect;
