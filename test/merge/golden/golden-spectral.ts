import type { Executor } from '../../../src/compute/executor.ts';
import { extractLora } from '../../../src/merge/spectral/extract-lora.ts';
import { alignKnots } from '../../../src/merge/spectral/knots-align.ts';
import { mergeArenas } from '../../../src/merge/arenas/merge-arenas.ts';
import {
  mergeGolden,
  operandsOf,
  parametersOf,
  tensorsOf,
  type GoldenCase,
  type GoldenFile,
  type GoldenRunner,
} from './golden-cases.ts';

/** Parameters without those that only describe how the reference was run. */
function without(golden: GoldenCase, ...names: readonly string[]): Record<string, unknown> {
  const parameters = Object.entries(parametersOf(golden));
  return Object.fromEntries(parameters.filter(([name]) => !names.includes(name)));
}

/** Task vectors of a case as arenas: exact, because base and models lie on a coarse grid. */
function deltasOf(file: GoldenFile, golden: GoldenCase) {
  const { layout, models, base } = operandsOf(file, golden);
  const deltas = models.map((model) => model.map((value, i) => value - (base?.[i] ?? 0)));
  return { layout, deltas };
}

/** What the optimizer changed: from a zero base, so that the base costs no digits. */
async function wudiMovement(executor: Executor, file: GoldenFile, golden: GoldenCase) {
  const { layout, deltas } = deltasOf(file, golden);
  const merged = await mergeArenas(executor, layout, {
    method: 'wudi',
    parameters: without(golden, 'optimizer'),
    base: new Float32Array(layout.length),
    models: deltas,
  });
  const moved = merged.map((value, i) =>
    deltas.reduce((rest, delta) => rest - (delta[i] ?? 0), value),
  );
  return tensorsOf(layout, moved);
}

/** Singular values and the task vectors put together again from the parts. */
async function knotsAlign(executor: Executor, file: GoldenFile, golden: GoldenCase) {
  const { layout, models, base } = operandsOf(file, golden);
  const operands = { models, base: base ?? new Float32Array(layout.length) };
  const eps = Number(golden.params['eps']);
  const { singularValues, aligned } = await alignKnots(executor, layout, operands, eps);
  const outputs: Record<string, ArrayLike<number>> = { S: singularValues.get('w') ?? [] };
  aligned.forEach((arena, k) => {
    outputs[`USV_m${k}`] = tensorsOf(layout, arena)['w'] ?? [];
  });
  return outputs;
}

/** The model of the case is a delta; the product of the pair is compared. */
async function lora(executor: Executor, file: GoldenFile, golden: GoldenCase) {
  const { layout, models } = operandsOf(file, golden);
  const [model = new Float32Array(layout.length)] = models;
  const operands = { base: new Float32Array(layout.length), model };
  const pairs = await extractLora(executor, layout, operands, {
    maxRank: Number(golden.params['max_rank']),
    svEpsilon: Number(golden.params['sv_epsilon']),
    distributeScale: golden.params['distribute_scale'] === true,
  });
  const pair = pairs.get('w');
  const [m = 0, p = 0] = layout.entries[0]?.shape ?? [];
  if (pair === undefined) throw new Error(`${golden.id}: no pair.`);
  const { a, b, rank } = pair;
  const BA = Array.from({ length: m * p }, (_, i) => {
    const [row, column] = [Math.floor(i / p), i % p];
    let sum = 0;
    for (let j = 0; j < rank; j++) sum += (b[row * rank + j] ?? 0) * (a[j * p + column] ?? 0);
    return sum;
  });
  return { BA, rank: [rank] };
}

/** Cases that need more than a merge with their parameters. */
export const SPECTRAL_RUNNERS: Readonly<Record<string, GoldenRunner>> = {
  // The merge that the reference calibrates is always the plain sum.
  svc: (executor, file, golden) =>
    mergeGolden(executor, file, golden, without(golden, 'merged_input')),
  wudi: (executor, file, golden) =>
    mergeGolden(executor, file, golden, without(golden, 'optimizer')),
  wudi_movement: wudiMovement,
  knots_align: knotsAlign,
  extract_lora: lora,
};
