import { parseArgs } from 'node:util';

export interface TestArguments {
  /** Names of stages; all where undefined. */
  readonly only: string | undefined;
  /** The commit whose differences are tested; undefined for everything. */
  readonly changedSince: string | undefined;
}

export const USAGE = `npm test -- [--only STAGE,…] [--changed [COMMIT]]

  --only STAGE,…      these stages alone
  --changed [COMMIT]  what the changes since a commit (HEAD) can reach: its tests, all types and
                      lint, format of the files touched; of programs in Node the tests that import
                      what changed, not those that only start it; without build and end-to-end`;

/** Reads the arguments of `npm test`. @throws Error that says what is wrong with them */
export function readTestArguments(words: readonly string[]): TestArguments {
  const { values } = parseArgs({
    args: words.map((word, i) => (isBareChanged(word, words[i + 1]) ? '--changed=HEAD' : word)),
    options: { only: { type: 'string' }, changed: { type: 'string' } },
  });
  if (values.changed === '') throw new Error('--changed needs a commit, or nothing, after it.');
  return { only: values.only, changedSince: values.changed };
}

/** The commit may be left out, which `parseArgs` does not know. */
function isBareChanged(word: string, next: string | undefined): boolean {
  return word === '--changed' && (next === undefined || next.startsWith('-'));
}
