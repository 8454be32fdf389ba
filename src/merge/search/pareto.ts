/**
 * Indices of the points that no other one beats: at least as good everywhere and better somewhere.
 * Of equal points the first. Higher is better.
 */
export function paretoFront(points: readonly (readonly number[])[]): number[] {
  const isBeaten = (index: number): boolean => {
    const own = points[index] ?? [];
    return points.some((other, at) => {
      if (at === index || !other.every((value, axis) => value >= (own[axis] ?? 0))) return false;
      return at < index || other.some((value, axis) => value > (own[axis] ?? 0));
    });
  };
  return points.map((_, index) => index).filter((index) => !isBeaten(index));
}
