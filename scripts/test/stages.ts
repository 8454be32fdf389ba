/** One step of `npm test`. */
export interface Stage {
  readonly name: string;
  readonly title: string;
  readonly needsBrowser: boolean;
  /** Arguments of `npx`-style tools in node_modules/.bin, or of vitest when `isVitest`. */
  readonly command: readonly [string, ...string[]];
  readonly isVitest: boolean;
}

const tool = (
  name: string,
  title: string,
  command: readonly [string, ...string[]],
  needsBrowser = false,
): Stage => ({ name, title, command, needsBrowser, isVitest: false });

const vitest = (
  name: string,
  title: string,
  parameters: readonly string[],
  needsBrowser = false,
): Stage => ({
  name,
  title,
  command: ['vitest', 'run', ...parameters],
  needsBrowser,
  isVitest: true,
});

/** Cheap checks first; the built page before what drives it. */
export const STAGES: readonly Stage[] = [
  tool('format', 'format', ['prettier', '--check', '--log-level', 'warn', '.']),
  tool('types', 'types', ['tsc', '--noEmit', '-p', '.']),
  tool('lint', 'lint', ['eslint', '--max-warnings', '0', '.']),
  vitest('house', 'layering and house style', ['--project', 'house']),
  vitest('unit', 'unit', ['--project', 'unit']),
  vitest('browser', 'GPU and page in Chromium', ['--project', 'browser-*'], true),
  tool('build', 'build', ['tsx', 'scripts/build.ts']),
  vitest('e2e', 'end-to-end', ['--project', 'e2e'], true),
];

/** The stages to run, in their order. @throws Error naming an unknown stage */
export function chooseStages(only: string | undefined): readonly Stage[] {
  if (only === undefined) return STAGES;
  const wanted = only.split(',').map((name) => name.trim());
  const unknown = wanted.filter((name) => !STAGES.some((stage) => stage.name === name));
  if (unknown.length > 0) {
    const known = STAGES.map((stage) => stage.name).join(', ');
    throw new Error(`--only ${unknown.join(',')}: the stages are ${known}.`);
  }
  return STAGES.filter((stage) => wanted.includes(stage.name));
}

/**
 * What may run at the same time: the tests in the browser, and beside them what needs none. The
 * end-to-end tests drive the built page and measure what a user sees, so they come last and alone.
 */
export function lanesOf(stages: readonly Stage[]): {
  readonly beside: readonly Stage[];
  readonly browserTests: readonly Stage[];
  readonly last: readonly Stage[];
} {
  return {
    beside: stages.filter((stage) => !stage.needsBrowser),
    browserTests: stages.filter(({ name }) => name === 'browser'),
    last: stages.filter(({ needsBrowser, name }) => needsBrowser && name !== 'browser'),
  };
}
