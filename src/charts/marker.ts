/** Shapes of about nine units around the origin: circle, square, triangle, diamond, cross, inverted triangle. */
const SHAPES = [
  'M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0',
  'M-3.6 -3.6H3.6V3.6H-3.6Z',
  'M0 -4.8L4.6 3.6H-4.6Z',
  'M0 -5L5 0L0 5L-5 0Z',
  'M-4.5 -2.7L-2.7 -4.5L0 -1.8L2.7 -4.5L4.5 -2.7L1.8 0L4.5 2.7L2.7 4.5L0 1.8L-2.7 4.5L-4.5 2.7L-1.8 0Z',
  'M0 4.8L4.6 -3.6H-4.6Z',
] as const;

/** Path of the n-th shape, so that series are told apart without colour. */
export function markerPath(index: number): string {
  return SHAPES[index % SHAPES.length] ?? SHAPES[0];
}
