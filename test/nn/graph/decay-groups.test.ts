import { expect, it } from 'vitest';
import { behaviourTable } from '../../../src/nn/behaviour-model/behaviour-layout.ts';
import { compactIdTable } from '../../../src/nn/compact-id-model/compact-id-layout.ts';
import { decayGroupOf, decayRules } from '../../../src/nn/graph/decay-groups.ts';
import { trainingOf } from '../../../src/nn/graph/parameter-rules.ts';
import { parameterTable } from '../../../src/nn/transformer/layout.ts';
import { CONFIG } from '../../support/models/compact-ids.ts';
import { TINY } from '../../support/models/training.ts';

it('knows every tensor of every model by what it is', () => {
  const click = behaviourTable(
    {
      ...{ width: 16, layers: 1, heads: 2, items: 9, features: [{ name: 'category', values: 4 }] },
      ...{ numeric: 1, moments: [{ name: 'hour', values: 25 }], maxPositions: 8 },
    },
    true,
  );
  const tables = [parameterTable({ ...TINY, tied: false }), compactIdTable(CONFIG), click];
  const groups = new Map(
    tables.flatMap(({ layout }) => layout.entries).map(({ name }) => [name, decayGroupOf(name)]),
  );
  const named = (group: string) =>
    [...groups].filter(([, own]) => own === group).map(([name]) => name);
  expect(named('embeddings').sort()).toEqual([
    'click_head.hour.weight',
    'code_embeddings.weight',
    'feature_embeddings.category.weight',
    'item_embeddings.weight',
    'model.embed_tokens.weight',
    'prefix_vectors.weight',
    'segment_embeddings.weight',
    'start.weight',
  ]);
  expect(named('heads').sort()).toEqual(['click_head.output.weight', 'lm_head.weight']);
  expect(named('biases').sort()).toEqual(['click_head.numeric.weight', 'click_head.output.bias']);
  expect(named('norms').every((name) => name.endsWith('norm.weight'))).toBe(true);
  expect(named('projections').every((name) => /_proj\.weight$|hidden\.weight$/.test(name))).toBe(
    true,
  );
});

it('gives rules that decay what is asked for, also vectors', () => {
  const { layout } = parameterTable(TINY);
  const training = trainingOf(layout, decayRules(layout, ['norms', 'embeddings']));
  for (const { name } of layout.entries) {
    const decays = /norm|embed/.test(name);
    expect(training.get(name)?.decay, name).toBe(decays ? 1 : 0);
  }
});
