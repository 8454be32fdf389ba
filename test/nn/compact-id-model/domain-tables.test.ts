import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { mergeArenas } from '../../../src/merge/arenas/merge-arenas.ts';
import { buildCodeTree, nodeCount } from '../../../src/nn/compact-id-model/code-tree.ts';
import {
  CODE_EMBEDDINGS,
  compactIdBody,
  compactIdTable,
  DOMAIN_TABLES,
  initialCompactIds,
  PREFIX_VECTORS,
} from '../../../src/nn/compact-id-model/compact-id-layout.ts';
import { tensorOf } from '../../../src/nn/graph/parameter-table.ts';
import { CODES, CONFIG } from '../../support/models/compact-ids.ts';

const otherTree = buildCodeTree(CODES.slice(0, 30), 3, 5);
const OTHER = { ...CONFIG, nodes: nodeCount(otherTree) };

describe('the tables of a domain', () => {
  it('come after all that domains share, at the same places whatever the tree', () => {
    const own = compactIdTable(CONFIG).layout.entries;
    const other = compactIdTable(OTHER).layout.entries;
    const body = compactIdBody(CONFIG).layout;
    const shared = own.filter(({ name }) => !DOMAIN_TABLES.includes(name));
    expect(shared).toEqual(body.entries);
    expect(other.slice(0, shared.length)).toEqual(body.entries);
    expect(own.slice(shared.length).map(({ name }) => name)).toEqual(DOMAIN_TABLES);
    expect(own[shared.length]?.offset).toBe(body.length);
    const without = compactIdTable({ ...CONFIG, prefixVectors: false }).layout.entries;
    expect(without).toEqual(own.slice(0, -1));
  });

  it('stay when the bodies of two domains are merged', async () => {
    const layout = compactIdTable(CONFIG).layout;
    const own = initialCompactIds(CONFIG, 1).map((x) => x + 0.5);
    const other = initialCompactIds(OTHER, 2);
    const body = compactIdBody(CONFIG).layout;
    const models = [own, other].map((arena) => arena.slice(0, body.length));
    const request = { method: 'linear', parameters: { weight: [0.75, 0.25] }, base: null, models };
    const merged = await mergeArenas(createCpuExecutor(), body, request);
    const arena = Float32Array.from(own);
    arena.set(merged);
    for (const { name } of layout.entries) {
      const values = tensorOf(layout, arena, name);
      const mine = tensorOf(layout, own, name);
      if (DOMAIN_TABLES.includes(name)) expect(values, name).toEqual(mine);
      else {
        const theirs = tensorOf(compactIdTable(OTHER).layout, other, name);
        values.forEach((value, i) => {
          expect(value).toBeCloseTo(0.75 * (mine[i] ?? NaN) + 0.25 * (theirs[i] ?? NaN), 6);
        });
      }
    }
  });

  it('begin as codes alone: prefix vectors are 0, all else is not', () => {
    const { layout } = compactIdTable(CONFIG);
    const arena = initialCompactIds(CONFIG, 1);
    const isZero = (name: string) => tensorOf(layout, arena, name).every((value) => value === 0);
    expect(layout.entries.filter(({ name }) => isZero(name)).map(({ name }) => name)).toEqual([
      PREFIX_VECTORS,
    ]);
    const codes = tensorOf(layout, arena, CODE_EMBEDDINGS);
    const variance = codes.reduce((sum, x) => sum + x * x, 0) / codes.length;
    expect(Math.sqrt(variance)).toBeGreaterThan(0.015);
    expect(Math.sqrt(variance)).toBeLessThan(0.025);
  });

  it.each([
    [{ codesPerLevel: 0 }, /vocabSize must be a positive|0 codes/],
    [{ nodes: 0 }, /0 prefixes/],
    [{ nodes: 2.5 }, /2.5 prefixes/],
    [{ width: 18 }, /width 18 must be divisible by 4/],
  ])('refuse %j', (changes, message) => {
    expect(() => compactIdTable({ ...CONFIG, ...changes })).toThrow(message);
  });
});
