import type { ProbeResult } from '../../../workers/lab/api.ts';
import type { MergeEntry } from '../document/document-edit.ts';
import { axisKey, isOnAxis, settingsKey, type LiveLayout } from '../document/live-axes.ts';
import { curveOf, pointAt, type LiveCurves } from './live-curves.ts';
import type { ProbeState } from './state.ts';

/** What is known of where the controls stand. */
export interface LivePlace {
  readonly result: ProbeResult;
  /** The numbers are those of an earlier place; new ones are on their way. */
  readonly isStale: boolean;
}

/**
 * The numbers of a merge: of its own probe, or of the point of a curve that it is, which was measured before
 * the control came there; else those of the place before, as stale. null before anything was measured.
 */
export function livePlace(
  entry: MergeEntry,
  { main, more }: LiveLayout,
  cells: string,
  probe: ProbeState,
  curves: LiveCurves,
): LivePlace | null {
  const isProbed = probe.entry !== undefined && settingsKey(probe.entry) === settingsKey(entry);
  if (isProbed && probe.result !== null) return { result: probe.result, isStale: false };
  for (const axis of [main, ...more]) {
    if (axis === null || axis.value === null || !isOnAxis(entry, axis)) continue;
    const at = typeof axis.value === 'number' ? [axis.value] : axis.value;
    const curve = curveOf(curves, { cells, axis: axis.id, key: axisKey(entry, axis.id) });
    const point = pointAt(curve, at);
    if (point !== null) return { result: point.result, isStale: false };
  }
  return probe.result === null ? null : { result: probe.result, isStale: true };
}
