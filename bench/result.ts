import type { EngineGroup } from './engine.ts';
import type { Size } from './suite.ts';

export const RESULT_SCHEMA = 'mmgrid-bench/2';

export interface Timing {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** Middle half of the rounds over the median, 0…1: how far to trust a difference. */
  readonly spread: number;
  readonly rounds: readonly number[];
  /** Units of work in a round: short work is repeated so that a round can be timed. */
  readonly repeats: number;
}

/** WebGPU calls of one unit of work. */
export interface UnitCounts {
  readonly dispatches: number;
  readonly passes: number;
  readonly submits: number;
  readonly bindGroups: number;
  readonly buffers: number;
}

/** What was measured of one case on one engine. */
export interface BenchResult {
  readonly suite: string;
  readonly case: string;
  readonly size: Size;
  readonly engine: string;
  readonly group: EngineGroup;
  readonly isPeer: boolean;
  readonly adapter: string;
  /** Whether the page was cross-origin isolated: only then can a peer use threads. */
  readonly isIsolated: boolean;
  readonly unit: string;
  /** `failed` has no time: what computes something else must not look fast. */
  readonly status: 'ok' | 'failed' | 'skipped';
  /** Why there is no timing; '' when there is one. */
  readonly reason: string;
  readonly timing: Timing | null;
  /** Until the first unit of work could start: building, compiling, uploading. */
  readonly setupMs: number | null;
  /** The first unit of work: what is compiled lazily is in here. */
  readonly firstMs: number | null;
  readonly counts: UnitCounts | null;
  /** Device bytes that this case added. */
  readonly bytes: number | null;
  /** How many times faster than each peer of its group, medians of the same rounds. */
  readonly fasterThan: Readonly<Record<string, number>>;
}

/** A file of `bench/results`. */
export interface BenchRecord {
  readonly schema: typeof RESULT_SCHEMA;
  readonly date: string;
  readonly version: string;
  /** Of the sources; older records lack it. */
  readonly commit?: string;
  /** "Chromium 156.0.8078.79 headless", "Node 20.20.2, webgpu 0.6.2". */
  readonly platform: string;
  /** Versions of the measured packages. */
  readonly packages: Readonly<Record<string, string>>;
  readonly machine: { readonly processors: number; readonly processor: string };
  readonly rounds: number;
  readonly results: readonly BenchResult[];
}

/** Median and extremes of every result, one line each. */
export function describeResult(result: BenchResult): string {
  const { engine, timing, unit, status, reason, firstMs, setupMs, counts } = result;
  const name = `    ${engine.padEnd(20)}`;
  if (timing === null) return `${name} ${status}: ${reason}`;
  const [median, min, max] = [timing.median, timing.min, timing.max].map((value) =>
    value.toPrecision(4).padStart(8),
  );
  const first = ((setupMs ?? 0) + (firstMs ?? 0)).toFixed(0);
  const facts = [
    `${median ?? ''} ${unit.padEnd(8)} (${min ?? ''} …${max ?? ''}, spread ${(timing.spread * 100).toFixed(0)} %)`,
    `first ${first} ms`,
    ...(counts === null ? [] : [`${counts.dispatches} dispatches, ${counts.submits} submits`]),
    ...Object.entries(result.fasterThan).map(([peer, times]) => `${times.toFixed(2)} x ${peer}`),
  ];
  return `${name} ${facts.join('; ')}`;
}
