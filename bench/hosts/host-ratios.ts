import type { BenchRecord } from '../result.ts';
import { summarise } from '../statistics.ts';

export const HOSTS_SCHEMA = 'mmgrid-bench-hosts/1';

/** One turn of both hosts, one right after the other. */
export interface Turn {
  readonly node: BenchRecord;
  readonly page: BenchRecord;
}

/** A case on one engine: units of work a second of each turn, in Node and in the page. */
export interface HostRatio {
  readonly case: string;
  readonly engine: string;
  readonly unit: string;
  readonly node: readonly number[];
  readonly page: readonly number[];
  /** Node ÷ page, a turn each. */
  readonly ratios: readonly number[];
  /** Their median: what else runs on the machine slows both of a turn down. */
  readonly ratio: number;
}

/**
 * Node beside the page, by case and engine.
 * @throws Error where a turn lacks a time of what another has, or a host has computed something else
 */
export function hostRatios(turns: readonly Turn[]): HostRatio[] {
  const [first] = turns;
  return (first?.node.results ?? []).map(({ case: name, engine, unit }) => {
    const speeds = (host: keyof Turn): number[] =>
      turns.map((turn) => {
        const found = turn[host].results.find((one) => one.case === name && one.engine === engine);
        if (found !== undefined && found.timing !== null) return found.timing.median;
        const why = found?.reason ?? 'it was not measured';
        throw new Error(`${name}, ${engine}, in ${host}: no time (${why}).`);
      });
    const [node, page] = [speeds('node'), speeds('page')];
    const ratios = node.map((speed, turn) => speed / (page[turn] ?? Number.NaN));
    return { case: name, engine, unit, node, page, ratios, ratio: summarise(ratios).median };
  });
}
