/** Cividis at nine even stops: readable with every kind of colour blindness and in grey. */
const STOPS = [
  [0, 32, 76],
  [0, 54, 109],
  [60, 77, 110],
  [94, 99, 112],
  [124, 123, 120],
  [156, 147, 119],
  [189, 173, 110],
  [223, 200, 94],
  [255, 234, 70],
] as const;

/** PuOr of ColorBrewer at nine even stops: orange below, purple above, white in the middle. */
const DIVERGING_STOPS = [
  [179, 88, 6],
  [224, 130, 20],
  [253, 184, 99],
  [254, 224, 182],
  [247, 247, 247],
  [216, 218, 235],
  [178, 171, 210],
  [128, 115, 172],
  [84, 39, 136],
] as const;

type Stops = readonly (readonly [number, number, number])[];

export interface CellColors {
  readonly background: string;
  /** Black or white, whichever contrasts more: at least 4.58:1 on any colour. */
  readonly text: '#000000' | '#ffffff';
}

/** Colour of `value` on the sequential scale from `low` to `high`; clamped at both ends. */
export function sequentialColor(value: number, low: number, high: number): CellColors {
  const share = high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0.5;
  return colorAt(STOPS, share);
}

/** Colour of a difference on the scale from -span to +span, 0 in its middle; clamped at both ends. */
export function divergingColor(value: number, span: number): CellColors {
  const share = span > 0 ? (Math.min(span, Math.max(-span, value)) / span + 1) / 2 : 0.5;
  return colorAt(DIVERGING_STOPS, share);
}

function colorAt(stops: Stops, share: number): CellColors {
  const at = share * (stops.length - 1);
  const index = Math.min(stops.length - 2, Math.floor(at));
  const a = stops[index] ?? [0, 0, 0];
  const b = stops[index + 1] ?? a;
  const rgb = [0, 1, 2].map((c) =>
    Math.round((a[c] ?? 0) + ((b[c] ?? 0) - (a[c] ?? 0)) * (at - index)),
  );
  return { background: `rgb(${rgb.join(' ')})`, text: textOn(rgb) };
}

function textOn(rgb: readonly number[]): CellColors['text'] {
  const luminance = relativeLuminance(rgb);
  return (luminance + 0.05) / 0.05 >= 1.05 / (luminance + 0.05) ? '#000000' : '#ffffff';
}

/** WCAG relative luminance of 8-bit sRGB. */
export function relativeLuminance(rgb: readonly number[]): number {
  const [r = 0, g = 0, b = 0] = rgb.map((channel) => {
    const c = channel / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
