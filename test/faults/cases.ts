import type { Outcome, Trial } from './fault-row.ts';

export interface FaultCase {
  /** As it stands in front of what is wrong. */
  readonly name: string;
  /** Does the work, with the fault or without it; gives what was seen of the fault, empty if nothing. */
  readonly act: (isInjected: boolean) => Promise<string>;
  /** What this case has to show beyond `detects`, with the fault. */
  readonly sees?: RegExp;
  /** Looks whether work is right afterwards; gives what is wrong, empty if nothing. */
  readonly after?: () => Promise<string>;
}

/**
 * Runs cases one after the other; what a case throws is wrong, and ends no other. When the time of the row is
 * over none is begun any more, except the first: no row is without one.
 */
export async function runCases(
  { isInjected, isTimeUp }: Pick<Trial, 'isInjected' | 'isTimeUp'>,
  cases: Iterable<FaultCase>,
): Promise<Outcome> {
  const seen: string[] = [];
  const wrong: string[] = [];
  let recovered = 0;
  for (const { name, act, sees, after } of cases) {
    if (seen.length > 0 && isTimeUp()) break;
    try {
      const text = await act(isInjected);
      seen.push(text);
      if (isInjected && sees !== undefined && !sees.test(text)) {
        wrong.push(`${name}: it says "${text}"`);
      }
    } catch (error) {
      seen.push('');
      wrong.push(`${name}: ${String(error)}`);
    }
    try {
      const still = (await after?.()) ?? '';
      if (still === '') recovered += 1;
      else wrong.push(`${name}, afterwards: ${still}`);
    } catch (error) {
      wrong.push(`${name}, afterwards: ${String(error)}`);
    }
  }
  return { seen, recovered, wrong };
}
