import wgsl from '../../../shaders/merge/sparse-fold.wgsl?raw';
import type { DeviceBuffer, Step } from '../../compute/executor.ts';
import { f32, read, u32, write } from '../../compute/kernel-fields.ts';
import { defineKernel, linearGroups, type Kernel } from '../../compute/kernel.ts';
import { arrayOf, uniformOf } from '../twin-array.ts';

/** A thread does several elements: fewer workgroups are cheaper on software adapters. */
const ELEMENTS_PER_THREAD = 16;

/** One element inside a twin; one object serves a whole dispatch. */
interface Element {
  /** What the fold holds so far. */
  result: number;
  /** What `second` holds; a rule may change it. */
  second: number;
  base: number;
  model: number;
  /** model − base */
  x: number;
  found: number;
  readonly count: number;
  readonly a: number;
  readonly b: number;
}

function foldKernel(entry: string, rule: (element: Element) => number): Kernel {
  return defineKernel({
    name: `sparse_${entry}`,
    wgsl,
    entry,
    bindings: [...write('result', 'second'), ...read('base', 'model', 'found')],
    uniforms: [...u32('length', 'count'), ...f32('a', 'b')],
    groups: (uniforms) =>
      linearGroups(Math.ceil(uniformOf(uniforms, 'length') / ELEMENTS_PER_THREAD), 64),
    twin: (buffers, uniforms) => {
      const [result, second] = [arrayOf(buffers, 'result'), arrayOf(buffers, 'second')];
      const [base, model] = [arrayOf(buffers, 'base'), arrayOf(buffers, 'model')];
      const found = arrayOf(buffers, 'found');
      const length = uniformOf(uniforms, 'length');
      const [count = 0, a = 0, b = 0] = ['count', 'a', 'b'].map((n) => uniformOf(uniforms, n));
      const element = { result: 0, second: 0, base: 0, model: 0, x: 0, found: 0, count, a, b };
      for (let i = 0; i < length; i++) {
        element.base = base[i] ?? 0;
        element.model = model[i] ?? 0;
        element.x = element.model - element.base;
        element.found = found[i] ?? 0;
        element.second = second[i] ?? 0;
        element.result = result[i] ?? 0;
        result[i] = rule(element);
        if (i < second.length) second[i] = element.second;
      }
    },
  });
}

/**
 * Folds over task vectors, element by element; the rules stand in the shader.
 * @shape   all f32[arena] (of `second` and `found` one element where unused)
 * @numeric f32, models in order; selections exact, values <= 3 ulp; same bits on repeat
 */
export const foldKernels = {
  largest: foldKernel('fold_largest', ({ x, result }) =>
    Math.abs(x) >= Math.abs(result) ? x : result,
  ),
  near: foldKernel('fold_near', ({ x, base, model, a, b }) => {
    const weight = Math.min(1, Math.max(0, a / Math.max(Math.abs(x), b)));
    return weight === 1 ? model : base + weight * x;
  }),
  elected: foldKernel('fold_elected', ({ x, result, found }) => {
    const chosen = found > 0 ? 1 : -1;
    return chosen * Math.max(Math.abs(result), Math.max(chosen * x, 0));
  }),
  agreeing: foldKernel('fold_agreeing', ({ x, found }) =>
    (x > 0 && found > 0) || (x < 0 && found < 0) ? found : 0,
  ),
  dominant: foldKernel(
    'fold_dominant',
    ({ x, result, found, a, b }) =>
      result + (Math.abs(x) > Math.fround(a) * Math.abs(found - x) + Math.fround(b) ? 1 : 0),
  ),
  agreed: foldKernel('fold_agreed', ({ result, base, found, a, b }) =>
    result >= b ? base + a * found : base,
  ),
  spread: foldKernel('fold_spread', (element) => {
    const distance = element.x - element.second;
    element.second += distance / element.count;
    return element.result + distance * (element.x - element.second);
  }),
  conflict: foldKernel('fold_conflict', (element) => {
    const size = Math.abs(element.x);
    const before = element.second;
    element.second += size;
    return element.result + 2 * size * before;
  }),
  within: foldKernel('fold_within', ({ x, result, found, a }) =>
    found === 0 || found < Math.fround(a) ? result + x : result,
  ),
  owners: foldKernel('fold_owners', ({ x, found, b }) =>
    Math.abs(x) > Math.fround(b) ? Math.min(found, 2) : 0,
  ),
  unique: foldKernel('fold_unique', ({ x, found, b }) =>
    Math.abs(x) > Math.fround(b) && found === 1 ? x : 0,
  ),
  share: foldKernel('fold_share', ({ x, result, found, b }) =>
    Math.abs(x) > Math.fround(b) ? result + x / Math.max(found, 1) : result,
  ),
} as const;

/** Operands of one fold; what a rule does not look at may be left out. */
export interface Fold {
  readonly result: DeviceBuffer;
  readonly base: DeviceBuffer;
  readonly model?: DeviceBuffer;
  readonly found?: DeviceBuffer;
  readonly second: DeviceBuffer;
  readonly count?: number;
  readonly a?: number;
  readonly b?: number;
}

/** One dispatch over whole arenas. `second` may be a buffer of one element where unused. */
export function foldStep(kernel: Kernel, fold: Fold): Step {
  const { result, second, base, model = base, found = base, count = 1, a = 0, b = 0 } = fold;
  return {
    kernel,
    bind: { result, second, base, model, found },
    uniforms: { length: result.length, count, a, b },
  };
}
