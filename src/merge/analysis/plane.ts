import { AppError } from '../../core/errors.ts';

/** A place in the plane through three checkpoints A, B, C. */
export interface PlanePoint {
  readonly x: number;
  readonly y: number;
}

/**
 * The plane through three checkpoints, in coordinates that keep distances:
 *   u = (B − A) / ‖B − A‖,   v = what is left of C − A without its part along u, of length 1,
 *   θ(x, y) = A + x u + y v.
 * So A lies at (0, 0), B at (‖B − A‖, 0), C at (⟨C − A, u⟩, ‖rest‖).
 */
export interface CheckpointPlane {
  readonly corners: readonly [PlanePoint, PlanePoint, PlanePoint];
  /** Weights of A, B, C, of sum 1, that give the point; no arena of u or v is needed. */
  readonly weightsAt: (point: PlanePoint) => readonly [number, number, number];
}

/** Height over length below which three checkpoints count as lying on a line. */
const FLAT = 1e-3;

/**
 * @param gram products of B − A and C − A: [⟨B−A, B−A⟩, ⟨B−A, C−A⟩, ⟨C−A, C−A⟩]
 * @errors invalid-argument when two coincide or all three lie on a line
 * @source Garipov et al. 2018, arXiv:1802.10026 (the coordinates)
 */
export function checkpointPlane([bb, bc, cc]: readonly [number, number, number]): CheckpointPlane {
  const length = Math.sqrt(bb);
  const along = length > 0 ? bc / length : 0;
  const height = Math.sqrt(Math.max(0, cc - along * along));
  if (!(length > 0) || !(height > FLAT * Math.max(length, Math.sqrt(cc)))) {
    throw new AppError('invalid-argument', 'The three checkpoints lie on a line or coincide.', {
      hint: 'Draw the path between two of them instead.',
    });
  }
  return {
    corners: [
      { x: 0, y: 0 },
      { x: length, y: 0 },
      { x: along, y: height },
    ],
    weightsAt: ({ x, y }) => {
      const c = y / height;
      const b = (x - c * along) / length;
      return [1 - b - c, b, c];
    },
  };
}

/** A grid of n × n points around the corners, wider by `margin` of their extent on every side. */
export function planeGrid(
  { corners }: CheckpointPlane,
  n: number,
  margin: number,
): { readonly xs: readonly number[]; readonly ys: readonly number[] } {
  const axis = (values: readonly number[]) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const start = low - margin * (high - low);
    const step = ((1 + 2 * margin) * (high - low)) / Math.max(1, n - 1);
    return Array.from({ length: n }, (_, i) => start + i * step);
  };
  return { xs: axis(corners.map(({ x }) => x)), ys: axis(corners.map(({ y }) => y)) };
}

/**
 * How far the losses on a straight path rise above the straight line between its ends; 0 where
 * they never do.
 * @param losses at equal steps, both ends included
 * @source Frankle et al. 2020, arXiv:1912.05671 (error barrier, with the line as its reference)
 */
export function barrierHeight(losses: readonly number[]): number {
  const [first = 0] = losses;
  const last = losses.at(-1) ?? first;
  const rises = losses.map((loss, i) => {
    const t = losses.length > 1 ? i / (losses.length - 1) : 0;
    return loss - ((1 - t) * first + t * last);
  });
  return Math.max(0, ...rises);
}
