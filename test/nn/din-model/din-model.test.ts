import { describe, expect, it } from 'vitest';
import { CpuExecutor, createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import {
  behaviourTable,
  initialBehaviour,
  sparseTensors,
  type BehaviourConfig,
} from '../../../src/nn/behaviour-model/behaviour-layout.ts';
import type { ClickBatch } from '../../../src/nn/behaviour-model/click-model.ts';
import { dinTable } from '../../../src/nn/din-model/din-layout.ts';
import { dinModel } from '../../../src/nn/din-model/din-model.ts';
import { tensorOf } from '../../../src/nn/graph/parameter-table.ts';
import { Trainer } from '../../../src/nn/training/trainer.ts';
import { expectClose } from '../../support/ops/check-op.ts';
import { DIN_CLICKS as CLICKS, DIN_CONFIG as CONFIG, dinArena } from '../../support/models/din.ts';
import { checkModelDifferences, GradientBench } from '../../support/ops/gradient-bench.ts';

/** The mean loss as the paper defines the model, in plain loops. */
function lossByDefinition(arena: Float32Array<ArrayBuffer>, batch: ClickBatch): number {
  const { layout } = dinTable(CONFIG);
  const tensor = (name: string) => Array.from(tensorOf(layout, arena, name));
  const row = (name: string, id: number, width: number) =>
    tensor(name).slice(id * width, (id + 1) * width);
  const add = (...parts: readonly number[][]) =>
    (parts[0] ?? []).map((_, c) => parts.reduce((sum, part) => sum + (part[c] ?? NaN), 0));
  const times = (a: readonly number[], b: readonly number[]) =>
    a.map((value, i) => value * (b[i] ?? NaN));
  const dot = (a: readonly number[], b: readonly number[]) =>
    times(a, b).reduce((sum, value) => sum + value, 0);
  const relu = (a: readonly number[]) => a.map((value) => Math.max(value, 0));
  const layer = (name: string, x: readonly number[], outputs: number) =>
    Array.from({ length: outputs }, (_, o) => dot(row(name, o, x.length), x));
  const position = (n: number, mark: number) =>
    add(
      row('item_embeddings.weight', batch.items[n] ?? NaN, 8),
      row('feature_embeddings.category.weight', batch.features['category']?.[n] ?? NaN, 8),
      row('segment_embeddings.weight', mark, 8),
    );
  let loss = 0;
  for (let b = 0; b < batch.B; b++) {
    const label = batch.labels[b] ?? NaN;
    if (label < 0) continue;
    const candidate = batch.candidates[b] ?? NaN;
    const c = position(candidate, 1);
    let pooled = new Array<number>(8).fill(0);
    for (let n = 4 * b; n < candidate; n++) {
      const h = position(n, 0);
      const hidden = add(
        layer('activation_unit.hidden.weight', [...h, ...c, ...times(h, c)], 12),
        tensor('activation_unit.hidden.bias'),
      );
      const [bias = NaN] = tensor('activation_unit.output.bias');
      const weight = dot(relu(hidden), tensor('activation_unit.output.weight')) + bias;
      pooled = pooled.map((value, i) => value + weight * (h[i] ?? NaN));
    }
    const numbers = [1, ...(batch.numeric?.slice(2 * b, 2 * b + 2) ?? []), 0];
    const hidden = add(
      layer('click_head.hidden.weight', [...pooled, ...c, ...times(pooled, c)], 16),
      layer('click_head.numeric.weight', numbers, 16),
      row('click_head.hour.weight', batch.moments?.['hour']?.[b] ?? NaN, 16),
    );
    const [bias = NaN] = tensor('click_head.output.bias');
    const z = dot(relu(hidden), tensor('click_head.output.weight')) + bias;
    loss += Math.log1p(Math.exp(-Math.abs(z))) + Math.max(z, 0) - label * z;
  }
  return loss / 4;
}

describe('deep interest network', () => {
  it('has the gradient that central differences give', () =>
    checkModelDifferences(dinModel(CONFIG), dinArena(), CLICKS));

  it('is the model of the paper by definition', async () => {
    const bench = new GradientBench(new CpuExecutor('f64'), dinModel(CONFIG));
    const arena = dinArena();
    const { loss } = await bench.run(arena, CLICKS);
    expect(loss).toBeCloseTo(lossByDefinition(arena, CLICKS), 10);
    expect(loss).toBeGreaterThan(0.1);
    bench.destroy();
  });

  it('sees no padding, and no order', async () => {
    const bench = new GradientBench(new CpuExecutor('f64'), dinModel(CONFIG));
    const arena = dinArena();
    const { loss } = await bench.run(arena, CLICKS);
    const lossOf = async (items: Uint32Array) =>
      (await bench.run(arena, { ...CLICKS, items })).loss;
    // Positions 11, 14 and 17 are padding; 4 is a filler's.
    const padded = CLICKS.items.map((item, row) => ([4, 11, 14, 17].includes(row) ? 13 : item));
    expect(await lossOf(padded)).toBe(loss);
    const other = CLICKS.items.map((item, row) => (row === 0 ? 13 : item));
    expect(await lossOf(other)).not.toBe(loss);
    const category = CLICKS.features['category'] ?? new Uint32Array();
    const turned = await bench.run(arena, {
      ...CLICKS,
      items: swapped(CLICKS.items),
      features: { category: swapped(category) },
    });
    expect(turned.loss).toBeCloseTo(loss, 12);
    bench.destroy();
  });

  it('gives the same in float32', async () => {
    const arena = dinArena();
    const oracle = new GradientBench(new CpuExecutor('f64'), dinModel(CONFIG));
    const bench = new GradientBench(createCpuExecutor(), dinModel(CONFIG));
    const want = await oracle.run(arena, CLICKS);
    const got = await bench.run(arena, CLICKS);
    expectClose([got.loss], [want.loss], { absolute: 0, relative: 2e-5 }, 'loss');
    expectClose(got.gradient, want.gradient, { absolute: 2e-5, relative: 1e-3 }, 'gradients');
    oracle.destroy();
    bench.destroy();
  });

  it.each([
    [{ labels: Int32Array.of(1, 0, 2, 0, 0) }, /Label 2 is 2, neither 0 nor 1/],
    [{ candidates: Uint32Array.of(3, 4, 3, 13, 16) }, /Candidate 2 is outside/],
    [{ items: CLICKS.items.map(() => 20) }, /"items" 20 is beyond/],
    [{ moments: {} }, /"hour" has 0 of 5/],
  ])('refuses %j', (changes, message) => {
    expect(() => dinModel(CONFIG).countScored({ ...CLICKS, ...changes })).toThrow(message);
  });

  it.each([
    [{ width: 6 }, /width of 6 columns must be a multiple of 4/],
    [{ activationWidth: 0 }, /activation unit of 0 columns/],
    [{ items: 1 }, /at least one item/],
  ])('refuses the sizes %j', (changes, message) => {
    expect(() => dinTable({ ...CONFIG, ...changes })).toThrow(message);
  });
});

/** The first two positions of the first sequence in the other order. */
function swapped(column: Uint32Array): Uint32Array {
  const turned = column.slice();
  turned[0] = column[1] ?? NaN;
  turned[1] = column[0] ?? NaN;
  return turned;
}

describe('a behaviour model and a deep interest network', () => {
  const behaviour: BehaviourConfig = { ...CONFIG, layers: 1, heads: 1, maxPositions: 8 };

  it.each(['items', 'tables'] as const)(
    'share their sparse tensors (%s): transferred and frozen they stay as they were',
    async (definition) => {
      const { layout } = behaviourTable(behaviour, false);
      const pretrained = initialBehaviour(behaviour, false, 21);
      const model = dinModel(CONFIG);
      const start = dinArena();
      const sparse = sparseTensors(CONFIG, definition);
      expect(sparse).toEqual(sparseTensors(behaviour, definition));
      for (const name of sparse) {
        tensorOf(model.layout, start, name).set(tensorOf(layout, pretrained, name));
      }
      const adamw = { beta1: 0.9, beta2: 0.98, eps: 1e-8, weightDecay: 0.1, clipNorm: 1 };
      const rules = sparse.map((pattern) => ({ pattern, frozen: true }));
      const trainer = new Trainer(createCpuExecutor(), model, start, adamw, { rules });
      await trainer.prepare(CLICKS, 1);
      for (let i = 0; i < 40; i++) await trainer.step([CLICKS], 0.02);
      const stats = await trainer.flush();
      const { parameters } = await trainer.state();
      trainer.destroy();
      for (const { name } of model.layout.entries) {
        const after = tensorOf(model.layout, parameters, name);
        if (sparse.includes(name)) {
          expect(after, name).toEqual(tensorOf(layout, pretrained, name));
        } else {
          expect(after, name).not.toEqual(tensorOf(model.layout, start, name));
        }
      }
      expect(stats.at(-1)?.loss).toBeLessThan(0.3 * (stats[0]?.loss ?? NaN));
    },
  );
});
