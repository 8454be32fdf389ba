import { escapeMarkup } from './markup.ts';

/** A matrix of numbers to draw: `null` cells stay empty, outlined ones are a model's own context. */
export interface HeatMatrix {
  readonly title: string;
  readonly columns: readonly string[];
  /** Colours from 0, or from the least value to the most. */
  readonly scale: 'from-zero' | 'range';
  /** Turns the colours round: dark stays good. */
  readonly lowerIsBetter: boolean;
  readonly rows: readonly {
    readonly name: string;
    readonly cells: readonly {
      readonly value: number;
      readonly text: string;
      readonly outlined: boolean;
    }[];
  }[];
}

const CELL = { width: 128, height: 34 } as const;
const LABEL_WIDTH = 250;
const HEADER = 40;

/**
 * An inline SVG heat map with the numerals in the cells: the colour only repeats what the text says.
 * The ramp is one blue from light to dark, dark being good; text flips to white where it must.
 */
export function heatSvg(matrix: HeatMatrix): string {
  const width = LABEL_WIDTH + matrix.columns.length * CELL.width + 2;
  const height = HEADER + matrix.rows.length * CELL.height + 2;
  const values = matrix.rows.flatMap((row) => row.cells.map((cell) => cell.value));
  const shareOf = colourScale(values.filter(Number.isFinite), matrix);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">`,
    `<title>${escapeMarkup(matrix.title)}</title>`,
  ];
  matrix.columns.forEach((column, at) => {
    const x = LABEL_WIDTH + (at + 0.5) * CELL.width;
    parts.push(label(x, HEADER - 14, shorten(column, 18), 'middle'));
  });
  matrix.rows.forEach((row, index) => {
    const y = HEADER + index * CELL.height;
    parts.push(label(LABEL_WIDTH - 12, y + CELL.height / 2 + 4, shorten(row.name, 34), 'end'));
    row.cells.forEach((cell, at) => {
      parts.push(drawCell(LABEL_WIDTH + at * CELL.width, y, cell, shareOf));
    });
  });
  return [...parts, '</svg>'].join('\n');
}

/** 0 … 1 for the ramp; the middle where all values are equal. */
function colourScale(
  values: readonly number[],
  { scale, lowerIsBetter }: Pick<HeatMatrix, 'scale' | 'lowerIsBetter'>,
): (value: number) => number {
  const low = scale === 'from-zero' ? 0 : Math.min(...values);
  const high = Math.max(low, ...values);
  return (value) => {
    if (high <= low) return scale === 'from-zero' ? 0 : 0.5;
    const share = Math.max(0, value - low) / (high - low);
    return lowerIsBetter ? 1 - share : share;
  };
}

function drawCell(
  x: number,
  y: number,
  cell: HeatMatrix['rows'][number]['cells'][number],
  shareOf: (value: number) => number,
): string {
  if (!Number.isFinite(cell.value)) {
    return label(x + CELL.width / 2, y + CELL.height / 2 + 4, cell.text, 'middle');
  }
  const share = shareOf(cell.value);
  const edge = cell.outlined
    ? ' stroke="#d55e00" stroke-width="2.5"'
    : ' stroke="#ffffff" stroke-width="1"';
  const ink = share > 0.55 ? '#ffffff' : '#1b2430';
  const inset = cell.outlined ? 2 : 0.5;
  return [
    `<rect x="${x + inset}" y="${y + inset}" width="${CELL.width - 2 * inset}" height="${CELL.height - 2 * inset}" rx="3" fill="${ramp(share)}"${edge}/>`,
    `<text x="${x + CELL.width / 2}" y="${y + CELL.height / 2 + 4}" text-anchor="middle" fill="${ink}">${escapeMarkup(cell.text)}</text>`,
  ].join('');
}

function label(x: number, y: number, text: string, anchor: 'middle' | 'end'): string {
  return `<text class="ink" x="${x}" y="${y}" text-anchor="${anchor}">${escapeMarkup(text)}</text>`;
}

/** #eaf1fb at 0 to #0b4a8f at 1. */
function ramp(share: number): string {
  const from = [234, 241, 251] as const;
  const to = [11, 74, 143] as const;
  const channel = (at: 0 | 1 | 2): number => Math.round(from[at] + (to[at] - from[at]) * share);
  return `rgb(${channel(0)},${channel(1)},${channel(2)})`;
}

function shorten(text: string, limit: number): string {
  const characters = [...text];
  return characters.length <= limit ? text : `${characters.slice(0, limit - 1).join('')}…`;
}
