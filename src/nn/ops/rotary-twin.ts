import type { TwinArray, TwinBuffers, Uniforms } from '../../compute/kernel.ts';
import { uniform } from '../graph/op.ts';

type Names = 'out' | 'dy' | 'inverse' | 'qkv' | 'w' | 'table' | 'positions';

function sizesOf(uniforms: Uniforms) {
  return {
    rows: uniform(uniforms, 'rows'),
    heads: uniform(uniforms, 'heads'),
    kvHeads: uniform(uniforms, 'kv_heads'),
    width: uniform(uniforms, 'head_width'),
    hasNorm: uniform(uniforms, 'has_norm') !== 0,
  };
}

/** Reference twin of `rotary`. */
export function rotaryForward(buffers: TwinBuffers, uniforms: Uniforms): void {
  const { out, inverse, qkv, w, table, positions } = buffers as Record<Names, TwinArray>;
  const { rows, heads, kvHeads, width, hasNorm } = sizesOf(uniforms);
  const allHeads = heads + 2 * kvHeads;
  const half = width / 2;
  const eps = uniform(uniforms, 'eps');
  const shift = uniform(uniforms, 'first_row') * allHeads * width;
  for (let index = 0; index < rows * allHeads; index++) {
    const row = Math.floor(index / allHeads);
    const head = index % allHeads;
    const base = index * width;
    if (head >= heads + kvHeads) {
      for (let d = 0; d < width; d++) out[shift + base + d] = qkv[base + d]!;
      continue;
    }
    let r = 1;
    if (hasNorm) {
      let squares = 0;
      for (let d = 0; d < width; d++) squares += qkv[base + d]! ** 2;
      r = 1 / Math.sqrt(squares / width + eps);
      inverse[row * (heads + kvHeads) + head] = r;
    }
    const weights = head >= heads ? width : 0;
    const angle = positions[row]! * width;
    for (let d = 0; d < half; d++) {
      const a = qkv[base + d]! * (hasNorm ? r * w[weights + d]! : 1);
      const b = qkv[base + half + d]! * (hasNorm ? r * w[weights + half + d]! : 1);
      const cosine = table[angle + d]!;
      const sine = table[angle + half + d]!;
      out[shift + base + d] = a * cosine - b * sine;
      out[shift + base + half + d] = b * cosine + a * sine;
    }
  }
}

/** Reference twin of `rotary_backward`. */
export function rotaryBackward(buffers: TwinBuffers, uniforms: Uniforms): void {
  const { out, dy, inverse, qkv, w, table, positions } = buffers as Record<Names, TwinArray>;
  const { rows, heads, kvHeads, width, hasNorm } = sizesOf(uniforms);
  const allHeads = heads + 2 * kvHeads;
  const half = width / 2;
  for (let index = 0; index < rows * allHeads; index++) {
    const row = Math.floor(index / allHeads);
    const head = index % allHeads;
    const base = index * width;
    if (head >= heads + kvHeads) {
      for (let d = 0; d < width; d++) out[base + d] = dy[base + d]!;
      continue;
    }
    const weights = head >= heads ? width : 0;
    const angle = positions[row]! * width;
    let products = 0;
    for (let d = 0; d < half; d++) {
      const cosine = table[angle + d]!;
      const sine = table[angle + half + d]!;
      const da = dy[base + d]!;
      const db = dy[base + half + d]!;
      let ga = da * cosine + db * sine;
      let gb = db * cosine - da * sine;
      if (hasNorm) {
        ga *= w[weights + d]!;
        gb *= w[weights + half + d]!;
        products += ga * qkv[base + d]! + gb * qkv[base + half + d]!;
      }
      out[base + d] = ga;
      out[base + half + d] = gb;
    }
    if (!hasNorm) continue;
    const r = inverse[row * (heads + kvHeads) + head]!;
    const shift = (products * r ** 3) / width;
    for (let d = 0; d < width; d++) out[base + d] = out[base + d]! * r - qkv[base + d]! * shift;
  }
}

/** Reference twin of `rotary_weight_partial`. */
export function rotaryWeightPartial(buffers: TwinBuffers, uniforms: Uniforms): void {
  const { out, dy, inverse, qkv, table, positions } = buffers as Record<Names, TwinArray>;
  const { rows, heads, kvHeads, width } = sizesOf(uniforms);
  const allHeads = heads + 2 * kvHeads;
  const half = width / 2;
  const chunk = uniform(uniforms, 'chunk');
  out.fill(0);
  for (let row = 0; row < rows; row++) {
    const partial = Math.floor(row / chunk) * 2 * width;
    const angle = positions[row]! * width;
    for (let head = 0; head < heads + kvHeads; head++) {
      const base = (row * allHeads + head) * width;
      const at = partial + (head >= heads ? width : 0);
      const r = inverse[row * (heads + kvHeads) + head]!;
      for (let d = 0; d < half; d++) {
        const cosine = table[angle + d]!;
        const sine = table[angle + half + d]!;
        const da = dy[base + d]!;
        const db = dy[base + half + d]!;
        out[at + d] = out[at + d]! + (da * cosine + db * sine) * qkv[base + d]! * r;
        out[at + half + d] =
          out[at + half + d]! + (db * cosine - da * sine) * qkv[base + half + d]! * r;
      }
    }
  }
}
