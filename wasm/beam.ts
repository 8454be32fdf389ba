import { exp1, exp4 } from './exp';
import { log1 } from './log';
import { bytesOf, shareStart } from './share';
import { sum4 } from './simd';

/** Bytes of a beam's state: BEAM_STATE words. */
const STATE_BYTES: usize = 32;
/** Score of a beam that does not exist, as in src/nn/ops/beam.ts. */
const DEAD: f32 = -3e38;

/** `beam_scores`: shares of beams. Log-softmax over the legal children of a beam's trie node. */
export function beam_scores(
  candidates: usize,
  logits: usize,
  scores: usize,
  state: usize,
  children: usize,
  beams: i32,
  codes: i32,
  stride: i32,
  offset: i32,
  part: i32,
  parts: i32,
): void {
  const bytes = bytesOf(codes);
  const last = shareStart(beams, part + 1, parts);
  for (let beam = shareStart(beams, part, parts); beam < last; beam++) {
    const target = candidates + <usize>beam * bytes;
    const node = load<i32>(state + <usize>beam * STATE_BYTES);
    if (node < 0) {
      for (let c: usize = 0; c < bytes; c += 4) store<f32>(target + c, DEAD);
      continue;
    }
    const source = logits + bytesOf(beam * stride + offset);
    const legal = children + <usize>node * bytes;
    scoreChildren(target, source, legal, bytes, load<f32>(scores + bytesOf(beam)));
  }
}

/** Scores of one beam's codes; `legal` holds -1 where there is no child. */
// @ts-ignore: decorator
@inline
function scoreChildren(target: usize, logits: usize, legal: usize, bytes: usize, score: f32): void {
  const vectors = bytes & ~15;
  const nothing = f32x4.splat(-Infinity);
  let peaks = nothing;
  let c: usize = 0;
  // An illegal code counts as -infinity: e^-infinity adds 0.
  for (; c < vectors; c += 16) {
    const isIllegal = i32x4.shr_s(v128.load(legal + c), 31);
    const z = v128.bitselect(nothing, v128.load(logits + c), isIllegal);
    v128.store(target + c, z);
    peaks = f32x4.max(peaks, z);
  }
  let peak = max(
    max(f32x4.extract_lane(peaks, 0), f32x4.extract_lane(peaks, 1)),
    max(f32x4.extract_lane(peaks, 2), f32x4.extract_lane(peaks, 3)),
  );
  for (; c < bytes; c += 4) {
    const z = load<i32>(legal + c) < 0 ? <f32>-Infinity : load<f32>(logits + c);
    store<f32>(target + c, z);
    peak = max(peak, z);
  }
  const shift4 = f32x4.splat(peak);
  let sums = f32x4.splat(0);
  for (c = 0; c < vectors; c += 16) {
    sums = f32x4.add(sums, exp4(f32x4.sub(v128.load(target + c), shift4)));
  }
  let total = sum4(sums);
  for (; c < bytes; c += 4) total += exp1(load<f32>(target + c) - peak);
  const shift = score - peak - log1(total);
  for (c = 0; c < bytes; c += 4) {
    const isIllegal = load<i32>(legal + c) < 0;
    store<f32>(target + c, isIllegal ? DEAD : load<f32>(logits + c) + shift);
  }
}

/**
 * `beam_select`: shares of users. One pass over the candidates with a sorted list of the best so
 * far, kept in the outputs: scores, and in `tokens` the candidates they belong to. A vector of
 * candidates none of which beats the last of the list is passed over at once.
 */
export function beam_select(
  scores: usize,
  state: usize,
  tokens: usize,
  places: usize,
  candidates: usize,
  parentState: usize,
  children: usize,
  lengths: usize,
  users: i32,
  parents: i32,
  codes: i32,
  level: i32,
  firstToken: i32,
  beam: i32,
  part: i32,
  parts: i32,
): void {
  const count = parents * codes;
  const last = shareStart(users, part + 1, parts);
  for (let user = shareStart(users, part, parts); user < last; user++) {
    const best = scores + bytesOf(user * beam);
    const sources = tokens + bytesOf(user * beam);
    chooseBest(best, sources, beam, candidates + bytesOf(user * count), count);
    const place = load<i32>(lengths + bytesOf(user)) + level;
    for (let i = 0; i < beam; i++) {
      const index = user * beam + i;
      const isAlive = load<f32>(best + bytesOf(i)) > DEAD / 2;
      const source = isAlive ? load<i32>(sources + bytesOf(i)) : 0;
      const code = source % codes;
      const parent = parentState + <usize>(user * parents + source / codes) * STATE_BYTES;
      const target = state + <usize>index * STATE_BYTES;
      v128.store(target, v128.load(parent));
      v128.store(target, v128.load(parent, 16), 16);
      store<i32>(target + bytesOf(1 + level), index);
      const child = children + bytesOf(load<i32>(parent) * codes + code);
      store<i32>(target, isAlive ? load<i32>(child) : -1);
      store<i32>(sources + bytesOf(i), isAlive ? firstToken + code : 0);
      store<i32>(places + bytesOf(index), place);
    }
  }
}

/** The `beam` best of `count` candidates, best first, the earlier first among equals. */
// @ts-ignore: decorator
@inline
export function chooseBest(best: usize, sources: usize, beam: i32, candidates: usize, count: i32): void {
  for (let i = 0; i < beam; i++) {
    store<f32>(best + bytesOf(i), DEAD);
    store<i32>(sources + bytesOf(i), 0);
  }
  const lowest = best + bytesOf(beam - 1);
  // What is not above half of DEAD counts as dead, as in the twin.
  let bar: f32 = DEAD / 2;
  for (let c = 0; c < count; ) {
    const at = candidates + bytesOf(c);
    if (c + 4 <= count && !v128.any_true(f32x4.gt(v128.load(at), f32x4.splat(bar)))) {
      c += 4;
      continue;
    }
    const end = min(c + 4, count);
    for (; c < end; c++) {
      const score = load<f32>(candidates + bytesOf(c));
      if (!(score > bar)) continue;
      insert(best, sources, beam, score, c);
      bar = max(bar, load<f32>(lowest));
    }
  }
}

/** Puts a score into the sorted list behind its equals; the last one falls out. */
// @ts-ignore: decorator
@inline
function insert(best: usize, sources: usize, beam: i32, score: f32, source: i32): void {
  let at = bytesOf(beam - 1);
  while (at > 0 && score > load<f32>(best + at - 4)) {
    store<f32>(best + at, load<f32>(best + at - 4));
    store<i32>(sources + at, load<i32>(sources + at - 4));
    at -= 4;
  }
  store<f32>(best + at, score);
  store<i32>(sources + at, source);
}
