export type TimeUnit = 's' | 'ms' | 'iso';

/** No log of recommendations is older or newer: outside, the unit is wrong or the value broken. */
const EARLIEST_MS = Date.UTC(1990, 0, 1);
const LATEST_MS = Date.UTC(2100, 0, 1);

const ISO = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?( ?(Z|[+-]\d{2}:?\d{2}))?)?$/;

/** A time in ms UTC, or why the text is none. */
export type ParsedTime = { readonly ms: number } | { readonly fault: string };

/**
 * Parses a timestamp. Values outside 1990…2100 are faults, with a hint when another unit would
 * fit. ISO texts without a zone are UTC: the same file must import alike everywhere.
 */
export function parseTime(text: string, unit: TimeUnit): ParsedTime {
  const trimmed = text.trim();
  if (trimmed === '') return { fault: 'no timestamp' };
  const ms = unit === 'iso' ? isoMs(trimmed) : numberMs(trimmed, unit);
  if (ms === null) return { fault: `timestamp "${trimmed.slice(0, 40)}" is not ${WANTED[unit]}` };
  if (ms >= EARLIEST_MS && ms < LATEST_MS) return { ms };
  return {
    fault: `timestamp "${trimmed.slice(0, 40)}" is not between 1990 and 2100${hint(ms, unit)}`,
  };
}

const WANTED: Readonly<Record<TimeUnit, string>> = {
  s: 'a number of seconds',
  ms: 'a number of milliseconds',
  iso: 'an ISO 8601 date or time',
};

function numberMs(text: string, unit: 's' | 'ms'): number | null {
  if (!/^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return null;
  // Whole milliseconds: fractions of a second in a source must not make times incomparable.
  return Math.round(Number(text) * (unit === 's' ? 1000 : 1));
}

function isoMs(text: string): number | null {
  if (!ISO.test(text)) return null;
  const zoned = /(Z|[+-]\d{2}:?\d{2})$/.test(text.slice(10));
  const ms = Date.parse(
    text.replace(' ', 'T').replace(' ', '') + (zoned || text.length === 10 ? '' : 'Z'),
  );
  return Number.isNaN(ms) ? null : ms;
}

function hint(ms: number, unit: TimeUnit): string {
  const inRange = (value: number) => value >= EARLIEST_MS && value < LATEST_MS;
  if (unit === 's' && inRange(ms / 1000)) return ': is it in milliseconds?';
  if (unit === 'ms' && inRange(ms * 1000)) return ': is it in seconds?';
  if (unit !== 'iso' && (inRange(ms / 1e6) || inRange(ms / 1e3))) {
    return ': is it in micro- or nanoseconds?';
  }
  return '';
}
