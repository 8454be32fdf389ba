import { RandomStream } from '../../src/core/rng.ts';
import type { FaultRow, HostName, Invariants, Outcome, Trial } from './fault-row.ts';
import type { NodeHost } from './hosts/node-host.ts';
import type { PageHost } from './hosts/page-host.ts';
import { judge, type Verdict } from './judge.ts';

export interface Hosts {
  readonly node: NodeHost;
  /** Opened when the first row needs it. */
  page(): Promise<PageHost>;
}

export interface RowResult extends Verdict {
  readonly id: string;
  readonly host: HostName;
  readonly invariants: Invariants;
  readonly seconds: number;
  readonly isLong: boolean;
}

export interface RowOptions {
  readonly seed: number;
  readonly isLong: boolean;
  /** Minutes for a row after which it begins no further case; null: as many as it takes. */
  readonly minutes: number | null;
}

/** Runs a row on a host: its control, then the fault, each followed by a look at the invariants. */
export async function runRow(
  row: FaultRow,
  host: HostName,
  hosts: Hosts,
  { seed, isLong, minutes }: RowOptions,
): Promise<RowResult> {
  const started = performance.now();
  const tried = async (isInjected: boolean): Promise<[Outcome, Invariants]> => {
    const random = new RandomStream(seed, `faults ${row.id} ${host}`);
    const leftMs = () => (minutes === null ? null : started + minutes * 60_000 - performance.now());
    const isTimeUp = () => (leftMs() ?? 0) < 0;
    const trial: Trial = { isInjected, random, isLong, leftMs, isTimeUp };
    const opened = host === 'node' ? hosts.node : await hosts.page();
    await opened.before();
    let outcome: Outcome;
    try {
      outcome = await runOn(row, opened, trial);
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      outcome = { seen: [], recovered: 0, wrong: [text] };
    }
    return [outcome, await opened.after()];
  };
  const [control, calm] = await tried(false);
  const [fault, invariants] = await tried(true);
  return {
    id: row.id,
    host,
    ...judge(row, fault, control, [calm, invariants]),
    invariants,
    seconds: (performance.now() - started) / 1000,
    isLong,
  };
}

function runOn(row: FaultRow, host: NodeHost | PageHost, trial: Trial): Promise<Outcome> {
  const run = host.name === 'node' ? row.hosts.node : row.hosts.page;
  if (run === undefined) throw new Error(`${row.id} is not for the ${host.name}.`);
  return (run as (host: NodeHost | PageHost, trial: Trial) => Promise<Outcome>)(host, trial);
}
