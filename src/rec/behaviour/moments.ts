import type { SideFeature } from '../../nn/behaviour-model/click-head-layout.ts';
import type { MomentName } from './behaviour-types.ts';

/** Values of each, with 0 for unknown. */
const VALUES: Readonly<Record<MomentName, number>> = { hour: 25, weekday: 8 };

/** Features of the moment as the click head's configuration names them. */
export function momentFeatures(names: readonly MomentName[]): readonly SideFeature[] {
  return names.map((name) => ({ name, values: VALUES[name] }));
}

/** Row of a moment's table, in UTC: hours 1 … 24 from midnight on, days 1 … 7 from Sunday on. */
export function momentAt(name: MomentName, timeMs: number): number {
  const time = new Date(timeMs);
  const value = name === 'hour' ? time.getUTCHours() : time.getUTCDay();
  return Number.isNaN(value) ? 0 : 1 + value;
}
