import { describe, expect, it } from 'vitest';
import { entryOf, layoutOf } from '../../../src/core/layout.ts';
import {
  behaviourTable,
  initialBehaviour,
  ITEM_EMBEDDINGS,
  sparseTensors,
  type SparseDefinition,
} from '../../../src/nn/behaviour-model/behaviour-layout.ts';
import { dinTable, initialDin } from '../../../src/nn/din-model/din-layout.ts';
import { STRATEGIES, type Strategy } from '../../../src/rec/behaviour/behaviour-types.ts';
import {
  dinStart,
  strategyStart,
  transferInto,
  type NamedArena,
} from '../../../src/rec/behaviour/strategies.ts';
import { CONFIG } from './cluster-data.ts';

const WHOLE = behaviourTable(CONFIG, true).layout;
const BODY = behaviourTable(CONFIG, false).layout;
/** Values that no draw gives, each its own. */
const PRETRAINED: NamedArena = {
  layout: BODY,
  parameters: Float32Array.from({ length: BODY.length }, (_, i) => 100 + i / 64),
};
const start = (strategy: Strategy, sparse: SparseDefinition = 'tables', seed = 4) =>
  strategyStart(strategy, { config: CONFIG, pretrained: PRETRAINED, seed, sparse });
const codeOf = (code: string) => expect.objectContaining({ code }) as Error;

/** sparse and dense (without the head) under each strategy. */
const EXPECTED: readonly [Strategy, boolean, boolean, boolean][] = [
  ['NT', false, false, false],
  ['FT', true, true, false],
  ['ST', true, false, false],
  ['FT&SF', true, true, true],
  ['ST&SF', true, false, true],
];

describe('transfer strategies', () => {
  it('are all here', () => {
    expect(EXPECTED.map(([strategy]) => strategy)).toEqual(STRATEGIES);
  });

  it.each(
    EXPECTED.flatMap((row) =>
      (['items', 'tables'] as const).map((sparse) => [...row, sparse] as const),
    ),
  )(
    '%s: sparse %s, dense %s, frozen %s, by %s',
    (strategy, sparse, dense, isFrozen, definition) => {
      const { parameters, frozen, report } = start(strategy, definition);
      const random = initialBehaviour(CONFIG, true, 4);
      const names = sparseTensors(CONFIG, definition);
      const transferred: string[] = [];
      for (const { name, offset, size } of WHOLE.entries) {
        const source = BODY.entries.find((entry) => entry.name === name);
        const isTaken = source !== undefined && (names.includes(name) ? sparse : dense);
        if (isTaken) transferred.push(name);
        const wanted = isTaken
          ? PRETRAINED.parameters.slice(source.offset, source.offset + size)
          : random.slice(offset, offset + size);
        expect(parameters.slice(offset, offset + size), name).toEqual(wanted);
      }
      expect(frozen).toEqual(isFrozen ? names : []);
      expect(report.transferred).toEqual(transferred);
      expect([...report.transferred, ...report.random].sort()).toEqual(
        WHOLE.entries.map(({ name }) => name).sort(),
      );
      const values = WHOLE.entries.reduce((sum, { size }) => sum + size, 0);
      expect(report.transferredValues + report.randomValues).toBe(values);
    },
  );

  it('share their random values within a seed only, or take given ones', () => {
    const head = WHOLE.entries.find(({ name }) => name.startsWith('click_head'))?.offset ?? NaN;
    const heads = STRATEGIES.map((strategy) => start(strategy).parameters.slice(head));
    for (const own of heads) expect(own).toEqual(heads[0]);
    expect(start('FT', 'tables', 5).parameters.slice(head)).not.toEqual(heads[0]);
    const given = new Float32Array(WHOLE.length).fill(7);
    const options = { config: CONFIG, pretrained: null, start: given, seed: 4 };
    expect(strategyStart('NT', { ...options, sparse: 'tables' }).parameters).toEqual(given);
  });

  it.each([
    ['layers', { layers: 2 }],
    ['width', { width: 32 }],
    ['items', { items: 30 }],
    ['features', { features: [] }],
    ['more features', { features: [...CONFIG.features, { name: 'brand', values: 3 }] }],
  ])('refuse a pretrained model with other %s', (_, changes) => {
    const other = { ...CONFIG, ...changes };
    const pretrained = {
      layout: behaviourTable(other, false).layout,
      parameters: initialBehaviour(other, false, 1),
    };
    const given = new Float32Array(WHOLE.length).fill(7);
    const options = {
      config: CONFIG,
      pretrained,
      start: given,
      seed: 4,
      sparse: 'tables',
    } as const;
    expect(() => strategyStart('FT', options)).toThrow(codeOf('layout-mismatch'));
    expect(given.every((value) => value === 7)).toBe(true);
  });

  it('name each tensor that does not fit', () => {
    const layout = layoutOf([
      [{ name: ITEM_EMBEDDINGS, shape: [25, 8] }],
      [{ name: 'feature_embeddings.category.weight', shape: [5, 16] }],
    ]);
    const pretrained = { layout, parameters: new Float32Array(layout.length) };
    const options = { config: CONFIG, pretrained, seed: 1, sparse: 'tables' } as const;
    expect(() => strategyStart('ST', options)).toThrow(
      expect.objectContaining({
        faults: [
          {
            place: `tensor "${ITEM_EMBEDDINGS}"`,
            message: 'is [25,8], the click model needs [25,16]',
          },
          {
            place: 'tensor "segment_embeddings.weight"',
            message: 'is not in the pretrained model',
          },
        ],
      }) as Error,
    );
  });

  it('need a pretrained model unless nothing is transferred', () => {
    const options = { config: CONFIG, pretrained: null, seed: 1, sparse: 'tables' } as const;
    for (const strategy of STRATEGIES.filter((one) => one !== 'NT')) {
      expect(() => strategyStart(strategy, options)).toThrow(codeOf('invalid-argument'));
    }
    expect(strategyStart('NT', options).report.transferred).toEqual([]);
  });

  it('refuse arenas that are no arenas of their layouts', () => {
    const short = { layout: BODY, parameters: PRETRAINED.parameters.subarray(1) };
    const options = { config: CONFIG, pretrained: short, seed: 1, sparse: 'tables' } as const;
    expect(() => strategyStart('ST', options)).toThrow(codeOf('layout-mismatch'));
    const wrong = { ...options, start: new Float32Array(5) };
    expect(() => strategyStart('NT', wrong)).toThrow(codeOf('layout-mismatch'));
  });

  it('give a deep interest network the tables, and refuse to give it a transformer', () => {
    const { items, features, numeric, width } = CONFIG;
    const config = { items, features, numeric, width, activationWidth: 12, headWidth: 16 };
    const options = { config, pretrained: PRETRAINED, seed: 4, sparse: 'tables' } as const;
    const { parameters, frozen, report } = dinStart('ST&SF', options);
    expect(frozen).toEqual(sparseTensors(CONFIG, 'tables'));
    expect(report.transferred).toEqual(frozen);
    const random = initialDin(config, 4);
    for (const { name, offset, size } of dinTable(config).layout.entries) {
      const source = entryOf(BODY, frozen.includes(name) ? name : ITEM_EMBEDDINGS).offset;
      const wanted = frozen.includes(name)
        ? PRETRAINED.parameters.slice(source, source + size)
        : random.slice(offset, offset + size);
      expect(parameters.slice(offset, offset + size), name).toEqual(wanted);
    }
    expect(dinStart('NT', { ...options, pretrained: null }).parameters).toEqual(random);
    for (const strategy of ['FT', 'FT&SF'] as const) {
      expect(() => dinStart(strategy, options)).toThrow(codeOf('invalid-argument'));
    }
  });

  it('serve another architecture with sparse tensors of the same names', () => {
    const layout = layoutOf([
      [{ name: ITEM_EMBEDDINGS, shape: [25, 16] }],
      [{ name: 'tower.weight', shape: [4, 16] }],
    ]);
    const target = { layout, parameters: new Float32Array(layout.length).fill(7) };
    const options = { target, pretrained: PRETRAINED, sparse: [ITEM_EMBEDDINGS], dense: [] };
    const { parameters, frozen, report } = transferInto('ST&SF', options);
    expect(parameters.slice(0, 400)).toEqual(PRETRAINED.parameters.slice(0, 400));
    expect(parameters.slice(448, 512)).toEqual(new Float32Array(64).fill(7));
    expect(frozen).toEqual([ITEM_EMBEDDINGS]);
    expect(report).toEqual({
      transferred: [ITEM_EMBEDDINGS],
      random: ['tower.weight'],
      transferredValues: 400,
      randomValues: 64,
    });
  });
});
