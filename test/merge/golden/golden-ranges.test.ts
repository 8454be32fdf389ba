import { beforeAll, describe, expect, it } from 'vitest';
import { methodIds } from '../../../src/lab/merging/merge-methods.ts';
import { resolveParameters } from '../../../src/merge/parameters.ts';
import { rangeFormOf } from '../../../src/merge/ranges/form-of-method.ts';
import type { RangeMachine } from '../../../src/merge/ranges/range-machine.ts';
import { methodById } from '../../../src/merge/registry/registry.ts';
import { mergeInRanges, openMachines } from '../recorded/arenas-in-ranges.ts';
import {
  excessOf,
  loadGolden,
  operandsOf,
  parametersOf,
  tensorsOf,
  type GoldenCase,
} from './golden-cases.ts';

const golden = await loadGolden();
const known = new Set(methodIds());
const cases = (golden?.cases ?? []).filter(goesThroughRanges);

describe.skipIf(golden === null)('merge golden vectors in ranges (needs ../shared/golden)', () => {
  let machines: RangeMachine[];
  beforeAll(async () => {
    machines = await openMachines(2);
  });

  it('has cases of many methods', () => {
    expect(new Set(cases.map(({ method }) => method)).size).toBeGreaterThanOrEqual(12);
    expect(cases.length).toBeGreaterThan(100);
  });

  it.each(cases.map((item) => [item.id, item] as const))('%s', async (_, item) => {
    if (golden === null) throw new Error('unreachable: the suite is skipped');
    const { layout, base, models } = operandsOf(golden, item);
    const { method } = item;
    const merge = { method, parameters: compatible(item), base, models };
    const tensors = tensorsOf(layout, await mergeInRanges(machines, layout, merge));
    // Masks and numbers that a merge of arenas reports are not part of a file.
    const names = Object.keys(item.expected).filter((name) => own(name) in tensors);
    const expected = Object.fromEntries(
      names.map((name) => [own(name), item.expected[name] ?? '']),
    );
    expect(names.length).toBeGreaterThan(0);
    const { compared, worst, where } = excessOf(golden, { ...item, expected }, tensors);
    expect(compared).toBeGreaterThan(0);
    expect(worst, where).toBeLessThanOrEqual(0);
  });
});

/** Cases of a merge that files can have: no masks from outside, no look at the whole model. */
function goesThroughRanges(item: GoldenCase): boolean {
  if (!known.has(item.method) || item.keep_masks !== undefined) return false;
  const method = methodById(item.method);
  if (method.ranges === undefined && method.linear === undefined) return false;
  const values = resolveParameters(method.parameters, compatible(item), item.models.length);
  const operands = { models: item.models.length, hasBase: item.base !== null };
  if (method.isGlobal?.(values) === true) return false;
  // A few cases expect reports alone.
  const [model = {}] = item.models;
  const hasTensors = Object.keys(item.expected).some((name) => own(name) in model);
  return hasTensors && rangeFormOf(method, values, operands) !== null;
}

/** Programs drop the whole task vector of a small tensor; behind a switch here. */
function compatible(item: GoldenCase): Record<string, unknown> {
  const isQuirk = item.quirk === true && item.method.startsWith('breadcrumbs');
  return { ...parametersOf(item), ...(isQuirk && { compat: 'mergekit' }) };
}

/** Merged tensors of some cases carry a prefix. */
function own(name: string): string {
  return name.replace(/^merged\./, '');
}
