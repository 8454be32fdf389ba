import { expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { layoutOf } from '../../../src/core/layout.ts';
import { mergeArenas } from '../../../src/merge/arenas/merge-arenas.ts';
import { MergeSession, type SessionRequest } from '../../../src/merge/arenas/merge-session.ts';
import type { MergeMethod } from '../../../src/merge/method.ts';
import { MERGE_METHODS } from '../../../src/merge/registry/registry.ts';
import { arena, bitsOf, fineTuned } from './arenas.ts';
import { counted } from './counted-executor.ts';

/** Two layers with matrices and vectors, an embedding and a norm. */
const LAYOUT = layoutOf([
  [{ name: 'model.embed_tokens.weight', shape: [20, 8] }],
  ...[0, 1, 2].flatMap((layer) => [
    [{ name: `model.layers.${String(layer)}.mlp.up_proj.weight`, shape: [8, 12] }],
    [{ name: `model.layers.${String(layer)}.input_layernorm.weight`, shape: [8] }],
  ]),
  [{ name: 'model.norm.weight', shape: [8] }],
]);

/** What the session promises, on one executor. */
export function describeSession(open: () => Executor): void {
  const base = arena(LAYOUT, 1);
  const models = [2, 3, 4].map((seed) => fineTuned(LAYOUT, base, seed));
  const keys = ['a', 'b', 'c'];

  const openSession = (executor: Executor): MergeSession => {
    const session = new MergeSession(executor, LAYOUT);
    session.load('base', base);
    models.forEach((model, index) => {
      session.load(keys[index] ?? '', model);
    });
    return session;
  };
  const merged = async (
    session: MergeSession,
    request: Omit<SessionRequest, 'base' | 'models'>,
  ) => {
    await session.merge({ base: 'base', models: keys, ...request });
    return session.read();
  };
  const alone = (method: string, parameters: Record<string, unknown>, count = 3) =>
    mergeArenas(open(), LAYOUT, { method, parameters, base, models: models.slice(0, count) });

  it.each(MERGE_METHODS.filter(({ needs = [] }) => needs.length === 0))(
    'repeats $id with other numbers and back, with the bits of a merge of its own',
    async (method: MergeMethod) => {
      const { min, max } = method.models;
      // Some refuse a third model for some of their choices.
      const count = Math.max(min, Math.min(max, 2));
      const session = openSession(open());
      const number = method.parameters.find((one) => one.kind === 'number');
      const other: Record<string, unknown> = {};
      if (number?.kind === 'number' && number.isInteger !== true) {
        const [low, high] = number.slider ?? number.range;
        other[number.name] = low + 0.6 * (high - low);
      }
      try {
        for (const parameters of [{}, other, {}]) {
          await session.merge({
            method: method.id,
            parameters,
            base: 'base',
            models: keys.slice(0, count),
          });
          const got = await session.read();
          expect(bitsOf(got)).toEqual(bitsOf(await alone(method.id, parameters, count)));
        }
      } finally {
        session.destroy();
      }
      expect(open().memory().liveBuffers).toBe(0);
    },
  );

  it('sends nothing and compiles nothing in a sweep of 200 steps', async () => {
    const { executor, counts } = counted(open());
    const session = openSession(executor);
    await merged(session, { method: 'velocity', parameters: { alpha: 0 } });
    await merged(session, { method: 'ties', parameters: { density: 0.3, lambda: 1 } });
    const before = { ...counts };
    const live = executor.memory().liveBytes;
    for (let step = 0; step < 200; step++) {
      const alpha = -0.5 + step * 0.005;
      await session.merge({
        method: 'velocity',
        parameters: { alpha },
        base: null,
        models: keys,
      });
    }
    expect(session.uploads).toBe(4);
    expect(counts.writtenElements).toBe(before.writtenElements);
    // The first of them has no base and so is a merge of its own.
    expect(counts.prepared - before.prepared).toBe(1);
    expect(executor.memory().liveBytes).toBe(live);
    for (const lambda of [0.1, 0.7]) {
      await merged(session, { method: 'ties', parameters: { density: 0.3, lambda } });
    }
    expect(counts.prepared - before.prepared).toBe(1);
    session.destroy();
  });

  it('trims again for another density only, and compares operands once', async () => {
    const { executor, counts } = counted(open());
    const session = openSession(executor);
    const runs = async (method: string, parameters: Record<string, unknown>) => {
      const before = counts.dispatches;
      const got = await merged(session, { method, parameters });
      expect(bitsOf(got)).toEqual(bitsOf(await alone(method, parameters)));
      return counts.dispatches - before;
    };
    try {
      const first = await runs('ties', { density: 0.3, lambda: 1 });
      const scaled = await runs('ties', { density: 0.3, lambda: 0.4, weight: [0.1, 1, 2] });
      const denser = await runs('ties', { density: 0.5, lambda: 0.4 });
      const back = await runs('ties', { density: 0.3, lambda: 0.2 });
      expect(scaled).toBeLessThan(first);
      expect(denser).toBe(first);
      expect(back).toBe(scaled);
      const stock = await runs('multislerp', { weight: [0.2, 0.3, 0.5] });
      expect(await runs('multislerp', { weight: [0.6, 0.3, 0.1] })).toBeLessThan(stock);
    } finally {
      session.destroy();
    }
  });

  it('takes values over depth: a constant one is the plain merge, others change layer by layer', async () => {
    const session = openSession(open());
    try {
      const plain = await alone('task_arithmetic', { weight: [0.3, 0.2, 0.1], lambda: 0.5 });
      const constant = await merged(session, {
        method: 'task_arithmetic',
        parameters: { weight: [0.3, 0.2, 0.1] },
        gradients: { lambda: [0.5, 0.5] },
      });
      expect(bitsOf(constant)).toEqual(bitsOf(plain));
      const rising = await merged(session, {
        method: 'task_arithmetic',
        parameters: { weight: [0.3, 0.2, 0.1] },
        gradients: { lambda: [0, 1] },
      });
      const half = await alone('task_arithmetic', { weight: [0.3, 0.2, 0.1], lambda: 0.5 });
      const whole = await alone('task_arithmetic', { weight: [0.3, 0.2, 0.1], lambda: 1 });
      for (const { name, offset, size } of LAYOUT.entries) {
        const layer = /layers\.(\d)/.exec(name)?.[1];
        const expected = layer === '2' ? whole : layer === '1' ? half : base;
        expect(rising.slice(offset, offset + size), name).toEqual(
          expected.slice(offset, offset + size),
        );
      }
      const each = await merged(session, {
        method: 'task_arithmetic',
        parameters: {},
        gradients: { weight: [[1, 0], [0], [0, 1]] },
      });
      const first = LAYOUT.entries[1];
      const one = await alone('task_arithmetic', { weight: [1, 0, 0] });
      expect(each.slice(first?.offset, (first?.offset ?? 0) + 96)).toEqual(
        one.slice(first?.offset, (first?.offset ?? 0) + 96),
      );
    } finally {
      session.destroy();
    }
    expect(open().memory().liveBuffers).toBe(0);
  });

  it('refuses values over depth where all tensors are merged at once, and unknown operands', async () => {
    const session = openSession(open());
    try {
      await expect(
        merged(session, {
          method: 'ties',
          parameters: { scope: 'global' },
          gradients: { density: [0.1, 0.5] },
        }),
      ).rejects.toMatchObject({ code: 'invalid-argument' });
      await expect(
        session.merge({ method: 'linear', parameters: {}, base: null, models: ['a', 'x'] }),
      ).rejects.toMatchObject({ code: 'invalid-argument' });
      await expect(
        session.merge({ method: 'ties', parameters: {}, base: null, models: keys }),
      ).rejects.toMatchObject({ code: 'invalid-argument' });
      expect(() => {
        session.load('bad', new Float32Array(LAYOUT.length).fill(Number.NaN));
      }).toThrowError(/not finite/);
      expect(session.holds('bad')).toBe(false);
    } finally {
      session.destroy();
    }
    expect(open().memory().liveBuffers).toBe(0);
  });
}
