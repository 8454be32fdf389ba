import type { FaultRow, Invariants, Outcome } from './fault-row.ts';

/** A row on one host, with its control. */
export interface Verdict {
  readonly injected: number;
  readonly detected: number;
  readonly recovered: number;
  readonly controls: number;
  /** Everything that is wrong or silent; the row is right when there is nothing. */
  readonly wrong: readonly string[];
}

export function judge(
  row: FaultRow,
  fault: Outcome,
  control: Outcome,
  after: readonly Invariants[],
): Verdict {
  const seen = fault.seen.filter((text) => row.detects.test(text));
  const wrong = [...faultsOf(row, fault), ...faultsOfControl(control)];
  // The row as if the fault were there and did nothing: whoever looks must notice.
  if (faultsOf(row, control).length === 0)
    wrong.push('the row cannot tell the fault from its absence');
  for (const report of after) {
    for (const [name, text] of Object.entries(report)) {
      if (text !== null && text !== '') wrong.push(`${name}: ${text}`);
    }
  }
  return {
    injected: fault.seen.length,
    detected: seen.length,
    recovered: fault.recovered,
    controls: control.seen.length,
    wrong,
  };
}

function faultsOf({ detects }: FaultRow, { seen, recovered, wrong }: Outcome): string[] {
  const other = seen.filter((text) => !detects.test(text));
  const silent = other.filter((text) => text === '').length;
  return [
    ...wrong,
    ...(seen.length === 0 ? ['nothing was injected'] : []),
    ...(silent > 0 ? [`silent in ${String(silent)} of ${String(seen.length)} cases`] : []),
    ...other.filter((text) => text !== '').map((text) => `another sign than expected: ${text}`),
    ...notRecovered(seen.length, recovered),
  ];
}

function faultsOfControl({ seen, recovered, wrong }: Outcome): string[] {
  return [
    ...wrong,
    ...(seen.length === 0 ? ['nothing was done'] : []),
    ...seen.filter((text) => text !== '').map((text) => `a sign without a fault: ${text}`),
    ...notRecovered(seen.length, recovered),
  ].map((text) => `control: ${text}`);
}

function notRecovered(cases: number, recovered: number): string[] {
  return recovered === cases
    ? []
    : [`right again after ${String(recovered)} of ${String(cases)} cases`];
}
