import { chooseBest } from './beam';
import { exp1, exp4 } from './exp';
import { log1 } from './log';
import { bytesOf, shareStart } from './share';
import { madd, sum4 } from './simd';

/** Score of a beam that does not exist, as in src/nn/ops/beam.ts. */
const DEAD: f32 = -3e38;
/** Bytes of an entry of `chosen`: four words. */
const CHOICE: usize = 16;

/** `trie_scores`: shares of beams. Log-softmax over the children of a beam's node. */
export function trie_scores(
  candidates: usize,
  x: usize,
  codes: usize,
  prefixes: usize,
  scores: usize,
  parents: usize,
  childStarts: usize,
  codeRows: usize,
  beams: i32,
  most: i32,
  width: i32,
  hasPrefixes: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(width);
  const last = shareStart(beams, part + 1, parts);
  for (let beam = shareStart(beams, part, parts); beam < last; beam++) {
    const base = candidates + bytesOf(beam * most);
    const parent = load<i32>(parents + bytesOf(beam));
    let count = 0;
    if (parent >= 0) {
      const first = load<i32>(childStarts + bytesOf(parent));
      count = load<i32>(childStarts + bytesOf(parent + 1)) - first;
      const own = x + <usize>beam * bytes;
      for (let k = 0; k < count; k++) {
        const code = codes + <usize>load<i32>(codeRows + bytesOf(first + k)) * bytes;
        let sums = f32x4.splat(0);
        if (hasPrefixes !== 0) {
          const prefix = prefixes + <usize>(first + k) * bytes;
          for (let c: usize = 0; c < bytes; c += 16) {
            const row = f32x4.add(v128.load(code + c), v128.load(prefix + c));
            sums = madd(v128.load(own + c), row, sums);
          }
        } else {
          for (let c: usize = 0; c < bytes; c += 16) {
            sums = madd(v128.load(own + c), v128.load(code + c), sums);
          }
        }
        store<f32>(base + bytesOf(k), sum4(sums));
      }
      const score = load<f32>(scores + bytesOf(beam));
      const shift = score - logSumExp(base, bytesOf(count));
      for (let k = 0; k < count; k++) {
        store<f32>(base + bytesOf(k), load<f32>(base + bytesOf(k)) + shift);
      }
    }
    for (let k = count; k < most; k++) store<f32>(base + bytesOf(k), DEAD);
  }
}

/** `code_scores`: shares of beams. Log-softmax over all codes of a level, for the children. */
export function code_scores(
  candidates: usize,
  logits: usize,
  scores: usize,
  parents: usize,
  childStarts: usize,
  codeRows: usize,
  beams: i32,
  most: i32,
  codes: i32,
  firstRow: i32,
  stride: i32,
  offset: i32,
  part: i32,
  parts: i32,
): void {
  const last = shareStart(beams, part + 1, parts);
  for (let beam = shareStart(beams, part, parts); beam < last; beam++) {
    const base = candidates + bytesOf(beam * most);
    const own = logits + bytesOf(beam * stride + offset);
    const parent = load<i32>(parents + bytesOf(beam));
    let count = 0;
    if (parent >= 0) {
      const first = load<i32>(childStarts + bytesOf(parent));
      count = load<i32>(childStarts + bytesOf(parent + 1)) - first;
      const shift = load<f32>(scores + bytesOf(beam)) - logSumExp(own, bytesOf(codes));
      for (let k = 0; k < count; k++) {
        const code = load<i32>(codeRows + bytesOf(first + k)) - firstRow;
        store<f32>(base + bytesOf(k), load<f32>(own + bytesOf(code)) + shift);
      }
    }
    for (let k = count; k < most; k++) store<f32>(base + bytesOf(k), DEAD);
  }
}

// @ts-ignore: decorator
@inline
function logSumExp(logits: usize, bytes: usize): f32 {
  let peak: f32 = -Infinity;
  for (let c: usize = 0; c < bytes; c += 4) peak = max(peak, load<f32>(logits + c));
  const peaks = f32x4.splat(peak);
  let sums = f32x4.splat(0);
  let c: usize = 0;
  for (; c + 16 <= bytes; c += 16) {
    sums = f32x4.add(sums, exp4(f32x4.sub(v128.load(logits + c), peaks)));
  }
  let total = sum4(sums);
  for (; c < bytes; c += 4) total += exp1(load<f32>(logits + c) - peak);
  return peak + log1(total);
}

/** `trie_select`: shares of users, as `beam_select`; candidates stand in `parents` until the end. */
export function trie_select(
  scores: usize,
  parents: usize,
  chosen: usize,
  candidates: usize,
  before: usize,
  childStarts: usize,
  codeRows: usize,
  users: i32,
  beams: i32,
  most: i32,
  beam: i32,
  part: i32,
  parts: i32,
): void {
  const count = beams * most;
  const last = shareStart(users, part + 1, parts);
  for (let user = shareStart(users, part, parts); user < last; user++) {
    const best = scores + bytesOf(user * beam);
    const sources = parents + bytesOf(user * beam);
    chooseBest(best, sources, beam, candidates + bytesOf(user * count), count);
    for (let i = 0; i < beam; i++) {
      const isAlive = load<f32>(best + bytesOf(i)) > DEAD / 2;
      const source = isAlive ? load<i32>(sources + bytesOf(i)) : 0;
      const row = user * beams + source / most;
      const choice = chosen + <usize>(user * beam + i) * CHOICE;
      let node = -1;
      if (isAlive) {
        const parent = load<i32>(before + bytesOf(row));
        node = load<i32>(childStarts + bytesOf(parent)) + (source % most);
      }
      store<i32>(sources + bytesOf(i), node < 0 ? -1 : node + 1);
      store<i32>(choice, row);
      store<i32>(choice, max(0, node), 4);
      store<i32>(choice, node < 0 ? 0 : load<i32>(codeRows + bytesOf(node)), 8);
      store<i32>(choice, 0, 12);
    }
  }
}

/** `path_states`: shares of beams. */
export function path_states(
  out: usize,
  states: usize,
  codes: usize,
  prefixes: usize,
  chosen: usize,
  beams: i32,
  width: i32,
  hasPrefixes: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(width);
  const last = shareStart(beams, part + 1, parts);
  for (let beam = shareStart(beams, part, parts); beam < last; beam++) {
    const choice = chosen + <usize>beam * CHOICE;
    const target = out + <usize>beam * bytes;
    const state = states + <usize>load<i32>(choice) * bytes;
    const prefix = prefixes + <usize>load<i32>(choice, 4) * bytes;
    const code = codes + <usize>load<i32>(choice, 8) * bytes;
    for (let c: usize = 0; c < bytes; c += 16) {
      let sum = f32x4.add(v128.load(state + c), v128.load(code + c));
      if (hasPrefixes !== 0) sum = f32x4.add(sum, v128.load(prefix + c));
      v128.store(target + c, sum);
    }
  }
}
