import type { Executor, HostArray } from '../../../src/compute/executor.ts';
import { sha256Hex } from '../../../src/core/hash.ts';
import { dispatch, type KernelCase } from './check-kernel.ts';
import { KERNEL_CASES } from './kernel-cases.ts';

/**
 * SHA-256 of what these kernels write in plain SIMD. WebAssembly promises the same bits in every
 * engine, so one list holds in Node and in browsers; with fused multiply-add there is no such list,
 * since engines may round once or twice.
 */
export const WASM_BITS: readonly (readonly [name: string, digest: string])[] = [
  ['sum_squares of 20544', '940a356cbd503dec19dc4eff61acd13738c2a13563a5a9c05cd683b31a709405'],
  [
    'column_sums of 257 x 130, 1, 64',
    '3fa08f36cc3917c3b09df9f9c1bd5e3ea2fdd4f2cfcb44f92da957237510f6eb',
  ],
  [
    'attention 257 0 24 25 6 rows, 2/1 heads of 8',
    'f826b59192758118590c4309697de71ccd8e5df6913217e773be7f9c94c6b4a4',
  ],
  [
    'attention_keys 257 0 24 25 6 rows, 2/1 heads of 8',
    'e2073d8723785d4b69357a006ad1e08bcfe779e97a5bd6656dc961b8706c76d8',
  ],
  [
    'decode_attention 64 33 keys, 25 beams, step 6, 2/1 heads of 20',
    'ed5365a7fb66a506d22af56b0b63f8e7cca35479cb760b8f2263802ef229f6d2',
  ],
  [
    'beam_scores 23 x 64, offset 1, logits times 3',
    'd615482d3b5efe97ee8e2ac3f8f14cfd0ab509f7a8dce79b5182f8fada2ef699',
  ],
];

/** The case with numbers that are the same in every engine: random ones need its logarithm. */
function exactCase(name: string): KernelCase {
  const found = KERNEL_CASES.find((one) => one.name === name);
  if (found === undefined) throw new Error(`There is no kernel case "${name}".`);
  const data: Record<string, HostArray> = {};
  for (const [binding, values] of Object.entries(found.data)) {
    const exact = (_: number, i: number) => (((i + binding.length) * 37) % 101) / 64 - 0.75;
    data[binding] = values instanceof Float32Array ? values.map(exact) : values;
  }
  return { ...found, data };
}

/** SHA-256 of everything that the named case leaves in its buffers. */
export async function bitsOf(executor: Executor, name: string): Promise<string> {
  const { kernel, ...rest } = exactCase(name);
  const results = await dispatch(executor, { kernel, ...rest });
  const parts = kernel.bindings.map(({ name: binding }) => results[binding] ?? new Float32Array());
  const bytes = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += part.byteLength;
  }
  return sha256Hex(bytes);
}
