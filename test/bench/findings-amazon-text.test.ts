import { describe, expect, it } from 'vitest';
import type { Estimate } from '../../bench/findings/recency-choice.ts';
import type { RecencyRecord } from '../../bench/findings/recency-record.ts';
import { textOf } from '../support/sources.ts';

/** What the page says of finding 2 on Amazon logs, held against what was stored. */
const HOME = 'bench/results/findings';
const page = textOf(`${HOME}/README.md`);
const lines = page.split('\n').map((line) => line.replaceAll(/ +/g, ' '));
const words = page.replaceAll(/\s+/g, ' ');
const { document, runs, forms, transfers, pairs } = JSON.parse(
  textOf(`${HOME}/recency-amazon-compact/record.json`),
) as RecencyRecord & {
  readonly document: string;
  readonly runs: readonly { readonly adapter: string; readonly finishedAt: string }[];
};

const number = (value: number) => value.toFixed(2).replace('-', '−');
const signed = (value: number) => `${value > 0 ? '+' : ''}${number(value)}`;
const plain = (value: number) => String(value).replace('-', '−');
const withInterval = ({ value, low, high }: Estimate) =>
  `${signed(value)} [${number(low)}, ${number(high)}]`;
const gainOf = (a: string, b: string) => {
  const found = pairs.find((pair) => pair.a === a && pair.b === b);
  if (found === undefined) throw new Error(`no pair ${a}, ${b}`);
  return found.gain;
};

describe('finding 2 on Amazon', () => {
  it.each(forms.flatMap((form) => form.contexts.map((context) => ({ form, context }))))(
    'is said of $form.name in $context.domain',
    ({ form, context }) => {
      const { weights, values, best, gain, gainOfSeeds } = context;
      const at = (weight: number) => number(values[weights.indexOf(weight)] ?? NaN);
      const cells = [
        `${form.chain}, ${form.epochs}`,
        form.period,
        context.domain.startsWith('Office') ? 'Office' : 'Industrial',
        ...[at(-1), at(-0.5), at(0)],
        `${plain(best.weight)} (${plain(best.low)} … ${plain(best.high)})`,
        withInterval(gain),
        gainOfSeeds.map(signed).join(', '),
      ];
      expect(lines).toContain(`| ${cells.join(' | ')} |`);
    },
  );

  it.each(forms)(
    'is said of both domains together: $name',
    ({ chain, epochs, period, gain, mean }) => {
      const means = [mean.overOlder, mean.overNewest].map(withInterval);
      const cells = [
        `${chain}, ${epochs}`,
        period,
        withInterval(gain),
        ...means,
        gain.n.toLocaleString('en'),
      ];
      expect(lines).toContain(`| ${cells.join(' | ')} |`);
    },
  );

  it.each(transfers)('is said of α of the period before: $chain, $epochs', (transfer) => {
    const { chain, epochs, weights, gain } = transfer;
    const chosen = weights.map(plain).join(', ');
    const cells = [`${chain}, ${epochs}`, chosen, withInterval(gain)];
    expect(lines).toContain(`| ${cells.join(' | ')} |`);
  });

  it.each(pairs)('is said of $a and $b', ({ a, b, gain }) => {
    const name = (side: string) => {
      const [form = '', rule = ''] = side.split(' ');
      return `${form.replace('-', ', ')} ${rule === 'chosen' ? 'with α chosen' : 'as it is'}`;
    };
    expect(lines).toContain(`| ${name(a)} | ${name(b)} | ${withInterval(gain)} |`);
  });

  it('says what of it can be told', () => {
    const long = forms.filter(({ name }) => name.startsWith('plain-8'));
    expect(long).toHaveLength(2);
    for (const { gain } of long) expect(gain.low).toBeGreaterThan(0);
    for (const { gain } of forms.filter(({ name }) => !name.startsWith('plain-8'))) {
      expect(gain.low).toBeLessThan(0);
      expect(gain.high).toBeGreaterThan(0);
    }
    expect(gainOf('averaged-8 newest', 'plain-8 chosen').low).toBeGreaterThan(0);
    expect(gainOf('plain-8 chosen', 'plain-2 newest').high).toBeLessThan(0);
    for (const { mean, contexts } of long) {
      expect(mean.overOlder.low).toBeGreaterThan(0);
      expect(mean.overNewest.low).toBeGreaterThan(0);
      expect(contexts.flatMap(({ gainOfSeeds }) => gainOfSeeds)).toHaveLength(4);
      for (const { gainOfSeeds } of contexts) expect(Math.min(...gainOfSeeds)).toBeGreaterThan(0);
    }
    const gains = long.map(({ gain }) => number(gain.value)).join(' and ');
    expect(words).toContain(`α chosen by other users gains ${gains} points`);
    const [transfer] = transfers;
    expect(words).toContain(`α of the earlier period gains ${number(transfer?.gain.value ?? NaN)}`);
    expect(textOf('README.md').replaceAll(/\s+/g, ' ')).toContain(
      `α chosen a period earlier gains ${withInterval(transfer?.gain ?? gainOf('', '')).slice(1)}`,
    );
    const beaten = [
      gainOf('averaged-8 newest', 'plain-8 chosen').value,
      -gainOf('plain-8 chosen', 'plain-2 newest').value,
    ];
    expect(words).toContain(`with its chosen α, by ${beaten.map(number).join(' and ')}`);
    expect(textOf(document)).toContain('name: findings-recency-amazon-compact');
    for (const { adapter, finishedAt } of runs) {
      expect(adapter).toContain('1 thread');
      expect(finishedAt.slice(0, 10)).toBe('2026-12-01');
    }
    expect(words).toContain('What weighting repairs is training for too long');
  });
});
