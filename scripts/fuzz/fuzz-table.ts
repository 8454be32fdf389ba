import type { KindReport } from './watch-child.ts';

/** One line for each kind. */
export function fuzzTable(reports: readonly KindReport[]): string {
  const lines = reports.map(({ kind, totals, found }) => {
    const refused = Object.entries(totals.refused).sort(([, a], [, b]) => b - a);
    return [
      kind,
      String(totals.inputs),
      String(totals.accepted),
      refused.map(([code, count]) => `${code} ${String(count)}`).join(', '),
      (totals.totalMs / totals.inputs).toFixed(2),
      totals.slowestMs.toFixed(1),
      (totals.mostExtraBytes / 2 ** 20).toFixed(1),
      String(found.length),
    ];
  });
  const head = [
    'kind',
    'inputs',
    'accepted',
    'refused',
    'mean, ms',
    'slowest, ms',
    'memory, MiB',
    'findings',
  ];
  const rule = head.map((_, at) => (at === 0 || at === 3 ? '---' : '---:'));
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** A report with where it comes from, as it stands in `docs/fuzz.json`. */
export interface StoredReport extends KindReport {
  readonly date: string;
  readonly commit: string;
  readonly seed: number;
  readonly node: string;
}

/**
 * `docs/fuzz.md`.
 * @param mended what was found in earlier runs, by the name of its file
 */
export function fuzzPage(
  reports: readonly StoredReport[],
  mended: readonly (readonly [name: string, finding: string])[],
): string {
  const findings = reports.flatMap(({ kind, found }) =>
    found.map(({ what, message, index }) => `- ${kind} ${String(index)}: ${what}, ${message}`),
  );
  const inputs = reports.reduce((sum, { totals }) => sum + totals.inputs, 0);
  const origins = new Set(
    reports.map(
      ({ date, commit, seed, node }) =>
        `${date}, commit ${commit}, seed ${String(seed)}, Node ${node}`,
    ),
  );
  return `# Inputs from outside, mutated

Made by \`npm run fuzz -- --write\`; see [test/fuzz](../test/fuzz/README.md) for what a finding is.
${String(inputs)} inputs: ${[...origins].join('; ')}. Milliseconds are of the processor, the least of
four readings where one took more than 50; memory is what was in use after a reading and not before.

${fuzzTable(reports)}

${findings.length === 0 ? 'No findings.' : `Findings:\n\n${findings.join('\n')}`}

Found before, mended, and read in \`npm test\` since (\`test/fuzz/findings/\`):

${mended.map(([name, finding]) => `- ${name}: ${finding}`).join('\n')}
`;
}
