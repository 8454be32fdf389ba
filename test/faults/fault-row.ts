import type { RandomStream } from '../../src/core/rng.ts';
import type { NodeHost } from './hosts/node-host.ts';
import type { PageHost } from './hosts/page-host.ts';

/**
 * How a fault is put in: the machine does it (`real`), a call of the platform is replaced (`seam`), bytes
 * are wrong (`file`), a process ends (`process`).
 */
export type Injection = 'real' | 'seam' | 'file' | 'process';

export type HostName = 'page' | 'node';

export interface Trial {
  /** False in the control: everything is done as with the fault, except the fault. */
  readonly isInjected: boolean;
  /** Of the row, the host and `--seed`; the same with and without the fault. */
  readonly random: RandomStream;
  /** The nightly numbers instead of those of a commit. */
  readonly isLong: boolean;
  /** Milliseconds left of the time for a row (`--minutes`), for those whose cases run elsewhere; null: no end. */
  readonly leftMs: () => number | null;
  /** True when that time is over: no further case is begun. */
  readonly isTimeUp: () => boolean;
}

export interface Outcome {
  /**
   * One entry a case: what was seen of its fault, as a user or a caller sees it (`code: message`). Empty
   * where nothing was seen: silent with the fault, right without it.
   */
  readonly seen: readonly string[];
  /** Cases after which work was right again, bits included where there are any. */
  readonly recovered: number;
  /** What should not have happened, in words. */
  readonly wrong: readonly string[];
}

export type Run<Host> = (host: Host, trial: Trial) => Promise<Outcome>;

export interface FaultRow {
  /** Of the list of faults: `G07`. */
  readonly id: string;
  readonly fault: string;
  readonly expected: string;
  readonly injection: Injection;
  /** What has to be seen in every case. */
  readonly detects: RegExp;
  readonly hosts: { readonly page?: Run<PageHost>; readonly node?: Run<NodeHost> };
  /** Nobody is told of this fault: what is seen is written by the row itself. */
  readonly isOwnSign?: boolean;
  /** Why a host, or none, can be given this fault. */
  readonly notInjectable?: string;
  /** Part of `npm test`: in Node, a processor second at most. */
  readonly isShort?: boolean;
}

/** One fault: the only thing that a file of a family's folder exports, as `fault`. */
export function defineFault(row: FaultRow): FaultRow {
  if (row.detects.test('')) throw new Error(`${row.id} takes silence for a sign of its fault.`);
  if (Object.keys(row.hosts).length === 0 && row.notInjectable === undefined) {
    throw new Error(`${row.id} runs nowhere and does not say why.`);
  }
  return row;
}

/** What has to be true after every fault; the numbers are those of the design. */
export const INVARIANTS = [
  'usable',
  'one message',
  'checkpoints verify',
  'no stray error',
  'no memory left',
  'same bits',
] as const;

export type Invariant = (typeof INVARIANTS)[number];

/** Empty: it holds; null: there is no such thing on this host; else what is wrong. */
export type Invariants = Readonly<Record<Invariant, string | null>>;
