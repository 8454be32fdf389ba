import { availableParallelism } from 'node:os';

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

const FORMAT = ['oxfmt', '--list-different'] as const;
/** The compiler's faults and those of all rules, found in one pass; see `.oxlintrc.json`. */
const TYPES = [
  'oxlint',
  '--type-aware',
  '--type-check',
  '--deny-warnings',
  '--report-unused-disable-directives',
] as const;
/** Unit tests go on when every other stage is over: one process would leave a core of two idle. */
const UNIT_WORKERS = String(Math.max(2, availableParallelism() - 1));
const BROWSER_PROJECTS = 'browser-*';

/** In the order of the summary; `runStages` has its own. */
export const STAGES: readonly Stage[] = [
  tool('format', 'format', [...FORMAT, '.']),
  tool('types', 'types and lint', TYPES),
  vitest('house', 'layering and house style', ['--project', 'house']),
  tool('kernels', 'WebAssembly kernels', ['tsx', 'scripts/test/compile-kernels.ts']),
  vitest('unit', 'unit', ['--project', 'unit', '--maxWorkers', UNIT_WORKERS]),
  vitest('programs', 'programs in Node', ['--project', 'programs']),
  vitest('browser', 'GPU and page in Chromium', ['--project', BROWSER_PROJECTS], true),
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

/** What changes since a commit can reach. */
export interface ChangedScope {
  readonly files: readonly string[];
  /** Those, and what reaches them unseen by vitest. */
  readonly asked: readonly string[];
}

/**
 * The stages for a change: types and house rules as always, the rest for what it touches or reaches.
 * The built page is left to the whole command, and so are programs whose tests start what has changed
 * without importing it: they are bundles of nearly everything.
 */
export function stagesForChange(
  stages: readonly Stage[],
  { files, asked }: ChangedScope,
): readonly Stage[] {
  return stages.flatMap((stage): Stage[] => {
    const related = (project: string): Stage => ({
      ...stage,
      command: ['vitest', 'related', '--run', '--project', project, ...asked],
    });
    switch (stage.name) {
      case 'format':
        if (files.length === 0) return [];
        return [{ ...stage, command: [...FORMAT, '--no-error-on-unmatched-pattern', ...files] }];
      case 'unit':
        return asked.length === 0 ? [] : [related('unit')];
      case 'programs':
        return asked.length === 0 ? [] : [related('programs')];
      case 'browser':
        return asked.length === 0 ? [] : [related(BROWSER_PROJECTS)];
      case 'kernels':
        return asked.length === 0 ? [] : [stage];
      case 'types':
      case 'house':
        return [stage];
      default:
        return [];
    }
  });
}
