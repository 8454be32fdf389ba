import { expect, it } from 'vitest';
import { resolveParameters } from '../../../src/merge/parameters.ts';
import { rangeFormOf } from '../../../src/merge/ranges/form-of-method.ts';
import { MERGE_METHODS } from '../../../src/merge/registry/registry.ts';
import { textOf } from '../../support/sources.ts';

it('all methods go through in ranges, but for those that the page names', () => {
  const whole = MERGE_METHODS.filter((method) => (method.needs ?? []).length === 0).filter(
    (method) => {
      const models = Math.max(method.models.min, Math.min(2, method.models.max));
      const values = resolveParameters(method.parameters, givenOf(method), models);
      const operands = { models, hasBase: method.needsBase };
      const isGlobal = method.isGlobal?.(values) === true;
      const form = isGlobal
        ? method.rangesOfModel?.(values, operands)
        : rangeFormOf(method, values, operands);
      return (form ?? null) === null;
    },
  );
  const names = whole.map(({ id }) => id).sort();
  const page = textOf('src/merge/ranges/README.md');
  const [, listed = ''] = /Through the executor go:([^.]*)\./.exec(page) ?? [];
  expect([...listed.matchAll(/`(\w+)`/g)].map(([, id]) => id).sort()).toEqual(names);
});

/** Values for parameters without a default. */
function givenOf({ parameters }: (typeof MERGE_METHODS)[number]): Record<string, number> {
  const open = parameters.filter((one) => 'default' in one && one.default === undefined);
  return Object.fromEntries(open.map(({ name }) => [name, 0.5]));
}
