/** Sizes of the dense part of a behaviour model; the rest follows from them. */
export interface BehaviourSizes {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
}

/** As GPSD names sizes: L4H64A4. */
export function sizeName({ layers, width, heads }: BehaviourSizes): string {
  return `L${String(layers)}H${String(width)}A${String(heads)}`;
}
