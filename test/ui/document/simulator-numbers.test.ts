import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../../src/lab/document/experiment.ts';
import { withValue } from '../../../src/ui/document/document-edit.ts';
import {
  returningShare,
  SIMULATOR_KNOBS,
  SIMULATOR_SIZES,
  withReturningShare,
} from '../../../src/ui/document/simulator-numbers.ts';
import { tinyWith } from '../../lab/document/documents.ts';

const NUMBERS = [...SIMULATOR_SIZES, ...SIMULATOR_KNOBS];

describe('numbers of the simulator in the form', () => {
  it.each(NUMBERS)('$key takes both ends of its range, and nothing beyond', ({ key, min, max }) => {
    const faultsOf = (value: number) => {
      const text = withValue(tinyWith({}), ['data', key], value);
      const parsed = parseExperiment(text);
      const line = text.split('\n').findIndex((one) => one.includes(`${key}:`)) + 1;
      return parsed.ok
        ? 0
        : parsed.faults.filter(({ place }) => place.includes(`line ${String(line)}:`)).length;
    };
    expect(faultsOf(min)).toBe(0);
    expect(faultsOf(max + 1)).toBe(1);
    expect(faultsOf(min - 1)).toBe(1);
    // Sizes that fit each other only: 500 interactions of 60 items are refused for another reason.
    if (key !== 'interactionsPerUser') expect(faultsOf(max)).toBe(0);
  });

  it('left out they are what the form shows', () => {
    const text = withValue(tinyWith({}), ['data'], { source: 'simulator' });
    const parsed = parseExperiment(text);
    if (!parsed.ok) throw new Error('faults');
    const data: Readonly<Record<string, unknown>> = parsed.experiment.data;
    for (const { key, usual } of SIMULATOR_SIZES) expect(data[key], key).toBe(usual);
    for (const { key } of SIMULATOR_KNOBS) expect(data).not.toHaveProperty(key);
  });
});

describe('shares of evergreen behaviour', () => {
  const domains = ['Games', 'Books'];
  const data = { returning: { pretrain: 1, test: { Games: 0.8 } } };

  it('are read of a number for all and of one by domain', () => {
    expect(returningShare(data, 'pretrain', 'Books')).toBe(1);
    expect(returningShare(data, 'test', 'Games')).toBe(0.8);
    expect(returningShare(data, 'test', 'Books')).toBeNull();
    expect(returningShare({}, 'test', 'Books')).toBeNull();
  });

  it('are written as one number where all agree, and go with the last', () => {
    expect(withReturningShare(data, 'test', 'Books', domains, 0.8)).toBe(0.8);
    expect(withReturningShare(data, 'test', 'Books', domains, 0.1)).toEqual({
      Games: 0.8,
      Books: 0.1,
    });
    expect(withReturningShare(data, 'pretrain', 'Games', domains, null)).toEqual({ Books: 1 });
    expect(withReturningShare(data, 'test', 'Games', domains, null)).toBeUndefined();
  });
});
