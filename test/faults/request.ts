import type { HostName } from './fault-row.ts';

/** What `npm run faults` asks of the tests that it starts. */
export interface Request {
  /** Ids; null: all. */
  readonly only: readonly string[] | null;
  readonly host: HostName | null;
  readonly isLong: boolean;
  readonly seed: number;
  readonly minutes: number | null;
  /** Where results are written; null: nowhere. */
  readonly outFile: string | null;
}

const VARIABLE = 'MMGRID_FAULTS';

const EVERYTHING: Request = {
  only: null,
  host: null,
  isLong: false,
  seed: 1,
  minutes: null,
  outFile: null,
};

export function readRequest(environment: NodeJS.ProcessEnv = process.env): Request {
  const text = environment[VARIABLE];
  return text === undefined ? EVERYTHING : (JSON.parse(text) as Request);
}
