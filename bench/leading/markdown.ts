import type { LeadingTable, Measured, PairedDifference, TwoMetrics } from './table.ts';

/** The lines of a Markdown table, as the formatter leaves them once columns are as wide as they get. */
export function markdownTable(cells: readonly (readonly string[])[]): string[] {
  const [header = []] = cells;
  const widths = header.map((_, at) => Math.max(3, ...cells.map((line) => line[at]?.length ?? 0)));
  const line = (own: readonly string[]) =>
    `| ${widths.map((width, at) => (own[at] ?? '').padEnd(width)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(header), rule, ...cells.slice(1).map(line)];
}

const SHORT: Readonly<Record<string, string>> = {
  Office_Products: 'Office',
  Industrial_and_Scientific: 'Industrial',
};

function heads(table: LeadingTable): { readonly domains: string[]; readonly names: string[] } {
  const domains = [...new Set(table.rows.flatMap((row) => row.contexts.map((own) => own.domain)))];
  const names = domains.flatMap((domain) => {
    const short = SHORT[domain] ?? domain;
    return [`${short} R@10`, `${short} NDCG@10`];
  });
  return { domains, names };
}

/** Percent ± standard error over users; means over seeds. */
export function valueLines(table: LeadingTable): string[] {
  const { domains, names } = heads(table);
  return markdownTable([
    ['model', 'seeds', ...names],
    ...table.rows.map(({ label, seeds, contexts }) => [
      label,
      seeds.length === 1 && seeds[0] === 0 ? '–' : String(seeds.length),
      ...domains.flatMap((domain) => {
        const own = contexts.find((context) => context.domain === domain);
        return both(own?.measured, ({ value, standardError }: Measured) => {
          return `${value.toFixed(2)} ± ${standardError.toFixed(2)}`;
        });
      }),
    ]),
  ]);
}

/** The same with the whole history masked. */
export function maskedLines(table: LeadingTable): string[] {
  const { domains, names } = heads(table);
  return markdownTable([
    ['history masked', ...names],
    ...table.rows.map(({ label, contexts }) => [
      label,
      ...domains.flatMap((domain) => {
        const own = contexts.find((context) => context.domain === domain);
        return both(own?.measured, ({ masked }: Measured) => masked.toFixed(2));
      }),
    ]),
  ]);
}

/** Model − reference with the 95 % interval. */
export function differenceLines(table: LeadingTable, reference: string): string[] {
  const { domains, names } = heads(table);
  const own = table.differences.filter((row) => row.reference === reference);
  const labels = [...new Set(own.map(({ label }) => label))];
  return markdownTable([
    [`minus ${reference}`, ...names],
    ...labels.map((label) => [
      label,
      ...domains.flatMap((domain) => {
        const found = own.find((row) => row.label === label && row.domain === domain);
        return both(found?.paired, interval);
      }),
    ]),
  ]);
}

/** Chosen pairs, one a line. */
export function pairLines(
  table: LeadingTable,
  pairs: readonly (readonly [string, string])[],
): string[] {
  const { domains, names } = heads(table);
  return markdownTable([
    ['difference', ...names],
    ...pairs.map(([label, reference]) => [
      `${label} − ${reference}`,
      ...domains.flatMap((domain) => {
        const found = table.differences.find(
          (row) => row.label === label && row.reference === reference && row.domain === domain,
        );
        return both(found?.paired, interval);
      }),
    ]),
  ]);
}

/** One pair in words: "+0.43 [−0.10, 0.96]". */
export function interval({ difference, low, high }: PairedDifference): string {
  return `${signed(difference, '+')} [${signed(low)}, ${signed(high)}]`;
}

function both<Value>(
  metrics: TwoMetrics<Value> | undefined,
  show: (one: Value) => string,
): [string, string] {
  return metrics === undefined ? ['', ''] : [show(metrics.recall), show(metrics.ndcg)];
}

function signed(value: number, plus = ''): string {
  const text = Math.abs(value).toFixed(2);
  return value < 0 && Number(text) > 0 ? `−${text}` : `${plus}${text}`;
}
