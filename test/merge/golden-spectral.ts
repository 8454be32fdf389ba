import type { Executor } from '../../src/compute/executor.ts';
import { mergeArenas } from '../../src/merge/merge-arenas.ts';
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

/** Cases that need more than a merge with their parameters. */
export const SPECTRAL_RUNNERS: Readonly<Record<string, GoldenRunner>> = {
  // The merge that the reference calibrates is always the plain sum.
  svc: (executor, file, golden) =>
    mergeGolden(executor, file, golden, without(golden, 'merged_input')),
  wudi: (executor, file, golden) =>
    mergeGolden(executor, file, golden, without(golden, 'optimizer')),
  wudi_movement: wudiMovement,
};
