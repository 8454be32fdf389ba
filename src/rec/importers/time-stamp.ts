export type TimeUnit = 's' | 'ms' | 'iso';

/** No log of recommendations is older or newer: outside, the unit is wrong or the value broken. */
const EARLIEST_MS = Date.UTC(1990, 0, 1);
const LATEST_MS = Date.UTC(2100, 0, 1);

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(?: ?(?:Z|([+-])(\d{2}):?(\d{2})))?)?$/;
const NUMBER = /^[+-]?(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

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
  if (!NUMBER.test(text)) return null;
  // Whole milliseconds: fractions of a second in a source must not make times incomparable.
  return Math.round(Number(text) * (unit === 's' ? 1000 : 1));
}

/** Whether a number in scientific notation has fewer digits than it needs to be whole. */
export function isRoundedNumber(text: string): boolean {
  const [, whole = '', fraction = '', exponent] = NUMBER.exec(text.trim()) ?? [];
  return exponent !== undefined && Number(exponent) > fraction.length && whole !== '';
}

function isoMs(text: string): number | null {
  const match = ISO.exec(text);
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part: string | undefined) => Number(part ?? 0));
  const midnight = Date.UTC(year, month - 1, day);
  // Date.UTC turns 2023-02-30 into 2 March: the day must survive the round trip.
  const back = new Date(midnight);
  if (back.getUTCMonth() !== month - 1 || back.getUTCDate() !== day) return null;
  const isEndOfDay = hour === 24 && minute === 0 && second === 0;
  if ((hour > 23 && !isEndOfDay) || minute > 59 || second > 59) return null;
  const [, , , , , , , fraction = '', sign, offsetHours, offsetMinutes] = match;
  const ahead = 60 * Number(offsetHours ?? 0) + Number(offsetMinutes ?? 0);
  if (Number(offsetHours ?? 0) > 23 || Number(offsetMinutes ?? 0) > 59) return null;
  const offset = sign === '-' ? -ahead : ahead;
  const seconds = 3600 * hour + 60 * (minute - offset) + second;
  return midnight + 1000 * seconds + Number(fraction.slice(0, 3).padEnd(3, '0'));
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
