import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { EMBEDDING, FINAL_NORM } from '../../../src/nn/transformer/layout.ts';
import {
  checkAccumulation,
  checkFrozen,
  checkMultipliers,
  checkRecompute,
  trained,
} from '../../support/models/train-memory.ts';

const wrongRules = (rules: { pattern: string; learningRate?: number; frozen?: boolean }[]) =>
  expect(trained(createCpuExecutor(), { options: { rules } })).rejects;

describe('parameter groups on the CPU executor', () => {
  it('keeps frozen tensors as they are, at no cost', () => checkFrozen(createCpuExecutor()));
  it('multiplies learning rates and switches decay', () => checkMultipliers(createCpuExecutor()));

  it('refuses a rule that matches nothing', () =>
    wrongRules([{ pattern: 'model.layer.0.*', frozen: true }]).toThrow(/No tensor .* is called/));
  it('refuses a negative multiplier', () =>
    wrongRules([{ pattern: '*', learningRate: -1 }]).toThrow(/multiplier/));
  it('refuses to freeze a part of a fused matrix', () =>
    wrongRules([{ pattern: '*.k_proj.weight', frozen: true }]).toThrow(/one matrix/));
  it('refuses to freeze everything', () =>
    wrongRules([{ pattern: '*', frozen: true }]).toThrow(/All tensors/));
  it('refuses two treatments of one block of 64 values', () =>
    wrongRules([{ pattern: '*.q_norm.weight', learningRate: 2 }]).toThrow(/share a block/));

  it('lets the first matching rule decide', async () => {
    const rules = [{ pattern: FINAL_NORM }, { pattern: 'model.*', frozen: true }];
    const { parameters, start } = await trained(createCpuExecutor(), { options: { rules } });
    const differs = parameters.some((value, i) => value !== start[i]);
    const size = 48 * 16;
    expect(differs).toBe(true);
    expect(parameters.subarray(0, size), EMBEDDING).toEqual(start.subarray(0, size));
  });
});

describe('steps on the CPU executor', () => {
  it('add micro-batches up', () => checkAccumulation(createCpuExecutor()));
  it('compute blocks again with the same bits', () => checkRecompute(createCpuExecutor()));
  it('refuse no batch at all', () =>
    expect(trained(createCpuExecutor(), { split: () => [] })).rejects.toMatchObject({
      code: 'invalid-argument',
    }));
});
