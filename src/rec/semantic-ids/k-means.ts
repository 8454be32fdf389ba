import { beat } from '../../core/beat.ts';
import type { RandomStream } from '../../core/rng.ts';
import { addScaled, rowOf, zeros } from '../../core/dense-matrix.ts';
import type { DenseMatrix } from '../../core/dense-matrix.ts';

export interface KMeans {
  /** clusters x dimensions. */
  readonly centroids: DenseMatrix;
  /** Nearest centroid of every point; the lowest index among equals. */
  readonly assignment: Uint16Array<ArrayBuffer>;
}

/**
 * Lloyd's algorithm from a k-means++ start, a fixed number of iterations. An empty cluster moves to
 * the point that lies farthest from its own centroid; with fewer different points than clusters
 * some centroids stay equal. Deterministic in (points, clusters, stream).
 * A lower bound per point and centroid spares most distances (Elkan): it falls by as much as the
 * centroid moves, and a centroid whose bound exceeds the best distance cannot be nearest.
 * @source Arthur & Vassilvitskii 2007, "k-means++: the advantages of careful seeding";
 *         Elkan 2003, "Using the triangle inequality to accelerate k-means"
 */
export function kMeans(
  points: DenseMatrix,
  clusters: number,
  iterations: number,
  stream: RandomStream,
): KMeans {
  const state: State = {
    points,
    centroids: zeros(clusters, points.columns),
    bounds: zeros(points.rows, clusters),
    assignment: new Uint16Array(points.rows),
    distances: new Float64Array(points.rows),
  };
  spreadStart(state, stream);
  for (let iteration = 0; iteration < iterations; iteration++) {
    assign(state);
    lowerBounds(state, moveToMeans(state));
  }
  assign(state);
  return { centroids: state.centroids, assignment: state.assignment };
}

interface State {
  readonly points: DenseMatrix;
  readonly centroids: DenseMatrix;
  /** points x clusters: no distance is smaller. */
  readonly bounds: DenseMatrix;
  readonly assignment: Uint16Array<ArrayBuffer>;
  /** Of each point to its centroid. */
  readonly distances: Float64Array;
}

/** k-means++: the next centroid is a point, drawn with its squared distance to the nearest one. */
function spreadStart({ points, centroids, bounds }: State, stream: RandomStream): void {
  const nearest = new Float64Array(points.rows).fill(Infinity);
  let chosen = stream.nextInt(points.rows);
  for (let cluster = 0; cluster < centroids.rows; cluster++) {
    beat();
    rowOf(centroids, cluster).set(rowOf(points, chosen));
    let total = 0;
    for (let point = 0; point < points.rows; point++) {
      const distance = distanceOf(points, point, centroids, cluster);
      bounds.values[point * centroids.rows + cluster] = distance;
      nearest[point] = Math.min(nearest[point] ?? 0, distance * distance);
      total += nearest[point] ?? 0;
    }
    let left = stream.nextUniform() * total;
    chosen = nearest.findIndex((weight) => (left -= weight) < 0);
    if (chosen < 0) chosen = stream.nextInt(points.rows);
  }
}

function assign({ points, centroids, bounds, assignment, distances }: State): void {
  const clusters = centroids.rows;
  for (let point = 0; point < points.rows; point++) {
    beat();
    let best = assignment[point] ?? 0;
    let least = distanceOf(points, point, centroids, best);
    const first = point * clusters;
    bounds.values[first + best] = least;
    for (let cluster = 0; cluster < clusters; cluster++) {
      if ((bounds.values[first + cluster] ?? 0) > least || cluster === best) continue;
      const distance = distanceOf(points, point, centroids, cluster);
      bounds.values[first + cluster] = distance;
      if (distance < least || (distance === least && cluster < best)) {
        best = cluster;
        least = distance;
      }
    }
    assignment[point] = best;
    distances[point] = least;
  }
}

function distanceOf(
  points: DenseMatrix,
  point: number,
  centroids: DenseMatrix,
  cluster: number,
): number {
  const { columns } = points;
  const a = points.values;
  const b = centroids.values;
  const [startA, startB] = [point * columns, cluster * columns];
  let sum = 0;
  for (let k = 0; k < columns; k++) {
    const difference = (a[startA + k] ?? 0) - (b[startB + k] ?? 0);
    sum += difference * difference;
  }
  return Math.sqrt(sum);
}

/** Returns how far every centroid moved. */
function moveToMeans({ points, centroids, assignment, distances }: State): Float64Array {
  const before = { ...centroids, values: centroids.values.slice() };
  const sizes = new Uint32Array(centroids.rows);
  centroids.values.fill(0);
  assignment.forEach((cluster, point) => {
    sizes[cluster] = (sizes[cluster] ?? 0) + 1;
    addScaled(rowOf(centroids, cluster), 1, rowOf(points, point));
  });
  return Float64Array.from(sizes, (size, cluster) => {
    const centroid = rowOf(centroids, cluster);
    if (size > 0) centroid.forEach((sum, k) => (centroid[k] = sum / size));
    else centroid.set(rowOf(points, takeFarthest(distances)));
    return distanceOf(before, cluster, centroids, cluster);
  });
}

function takeFarthest(distances: Float64Array): number {
  let farthest = 0;
  distances.forEach((distance, point) => {
    if (distance > (distances[farthest] ?? 0)) farthest = point;
  });
  distances[farthest] = 0;
  return farthest;
}

function lowerBounds({ bounds }: State, moved: Float64Array): void {
  const slack = moved.map((distance) => distance * (1 + ROUNDING) + ROUNDING);
  for (let point = 0; point < bounds.rows; point++) {
    addScaled(rowOf(bounds, point), -1, slack);
  }
}

/** Keeps the bounds below the true distances in spite of rounding. */
const ROUNDING = 1e-12;
