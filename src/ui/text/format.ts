import { metricText, type ResultMetric } from '../../lab/results/result-metrics.ts';

const MINUTE = 60;
const UNITS = ['B', 'KB', 'MB', 'GB'] as const;
const COUNT = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** 12345 → "12,345". */
export function formatCount(value: number): string {
  return COUNT.format(value);
}

/** Decimal units, three digits: 1_234_567 → "1.23 MB". */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[unit] ?? ''}`;
}

/** 75 → "1 min 15 s". */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '–';
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < MINUTE) return `${String(whole)} s`;
  if (whole < MINUTE * MINUTE) {
    return `${String(Math.floor(whole / MINUTE))} min ${String(whole % MINUTE)} s`;
  }
  const minutes = Math.round(whole / MINUTE);
  return `${String(Math.floor(minutes / MINUTE))} h ${String(minutes % MINUTE)} min`;
}

/** "4.21 ± 0.35" in the metric's decimals; no ± where the error is not known. */
export function formatWithError(
  metric: ResultMetric,
  value: number,
  standardError: number,
): string {
  const text = metricText(metric, value);
  return Number.isFinite(standardError) ? `${text} ± ${metricText(metric, standardError)}` : text;
}

/** 0.1234 → "12.3 %". */
export function formatShare(share: number): string {
  return Number.isFinite(share) ? `${(share * 100).toFixed(1)} %` : '–';
}

/** Units per second with three significant digits. */
export function formatRate(rate: number, unit: string): string {
  if (!(rate > 0)) return '';
  const digits = rate >= 100 ? 0 : rate >= 10 ? 1 : 2;
  return `${rate.toFixed(digits)} ${unit}/s`;
}

/** UTC day, because every period of an experiment is in UTC. */
export function formatDay(timeMs: number): string {
  return Number.isFinite(timeMs) ? new Date(timeMs).toISOString().slice(0, 10) : '–';
}
