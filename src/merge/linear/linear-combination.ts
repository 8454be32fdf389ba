import wgsl from '../../../shaders/merge/linear-combination.wgsl?raw';
import { f32, read, u32, write } from '../../compute/kernel-fields.ts';
import { defineKernel, linearGroups } from '../../compute/kernel.ts';
import { arrayOf, uniformOf } from '../twin-array.ts';

/** Models read by one dispatch: with the target and the origin six of WebGPU's eight buffers. */
export const TERMS_PER_PASS = 4;

/** A thread does four vec4: fewer workgroups are cheaper on software adapters. */
const QUADS_PER_THREAD = 4;

/**
 * One pass over the arena: target = start + Σ c_k (x_k − relative·o); start is nothing (0), the
 * target (1) or o (2).
 * @shape   target, origin, x0…x3 f32[quads·4]; unused x are bound but not read
 * @numeric f32, terms in order; |y − f64| <= 4e-7 Σ|c_k|·max|x| ; same bits on repeat
 */
export const linearCombination = defineKernel({
  name: 'linear_combination',
  wgsl,
  entry: 'linear_combination',
  bindings: [...write('target'), ...read('origin', 'x0', 'x1', 'x2', 'x3')],
  uniforms: [...u32('quads', 'terms', 'start', 'relative'), ...f32('c0', 'c1', 'c2', 'c3')],
  groups: (uniforms) =>
    linearGroups(Math.ceil(uniformOf(uniforms, 'quads') / QUADS_PER_THREAD), 64),
  twin: (buffers, uniforms) => {
    const target = arrayOf(buffers, 'target');
    const origin = arrayOf(buffers, 'origin');
    const terms = ['x0', 'x1', 'x2', 'x3'].slice(0, uniformOf(uniforms, 'terms'));
    const inputs = terms.map((name) => arrayOf(buffers, name));
    const factors = terms.map((_, index) => uniformOf(uniforms, `c${index}`));
    const isRelative = uniformOf(uniforms, 'relative') === 1;
    const start = uniformOf(uniforms, 'start');
    const length = uniformOf(uniforms, 'quads') * 4;
    for (let i = 0; i < length; i++) {
      const zero = origin[i] ?? 0;
      const shift = isRelative ? zero : 0;
      let sum = (factors[0] ?? 0) * ((inputs[0]?.[i] ?? 0) - shift);
      for (let k = 1; k < inputs.length; k++) {
        sum += (factors[k] ?? 0) * ((inputs[k]?.[i] ?? 0) - shift);
      }
      if (start === 1) sum += target[i] ?? 0;
      if (start === 2) sum += zero;
      target[i] = sum;
    }
  },
});
