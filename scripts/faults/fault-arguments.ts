import { parseArgs } from 'node:util';

export const USAGE = `npm run faults [-- OPTIONS]

  --only G07,S01   these ids
  --host page      page or node alone
  --long           the nightly numbers: hundreds of kills and crashes, an hour and more
  --minutes N      after which a row begins no further case
  --seed N         of what is random, 1 if not given
  --out DIR        where faults.json and faults.md lie, docs if not given`;

export interface FaultArguments {
  readonly only: readonly string[] | null;
  readonly host: 'page' | 'node' | null;
  readonly isLong: boolean;
  readonly seed: number;
  readonly minutes: number | null;
  readonly out: string;
}

/** @throws Error with what is wrong */
export function readFaultArguments(words: readonly string[]): FaultArguments {
  const { values } = parseArgs({
    args: [...words],
    options: {
      only: { type: 'string' },
      host: { type: 'string' },
      long: { type: 'boolean', default: false },
      minutes: { type: 'string' },
      seed: { type: 'string', default: '1' },
      out: { type: 'string', default: 'docs' },
    },
  });
  const { only, host, long, minutes, seed, out } = values;
  if (host !== undefined && host !== 'page' && host !== 'node') {
    throw new Error(`--host ${host}: it is page or node.`);
  }
  if (!/^\d{1,9}$/.test(seed)) throw new Error(`--seed ${seed}: it must be a whole number.`);
  if (minutes !== undefined && !/^[1-9]\d{0,3}$/.test(minutes)) {
    throw new Error(`--minutes ${minutes}: it must be a whole number.`);
  }
  const ids = only?.split(',').map((id) => id.trim().toUpperCase());
  const odd = ids?.filter((id) => !/^[A-Z]\d\d$/.test(id)) ?? [];
  if (odd.length > 0) throw new Error(`--only ${odd.join(',')}: an id is a letter and two digits.`);
  return {
    only: ids ?? null,
    host: host ?? null,
    isLong: long,
    seed: Number(seed),
    minutes: minutes === undefined ? null : Number(minutes),
    out,
  };
}
