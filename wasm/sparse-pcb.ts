import { exp64, tanh64 } from './exp64';
import { bytesOf, shareStart } from './share';

/** Rules of src/merge/sparse/pcb-kernels.ts; constants, so that each kernel is a loop of its own. */
const PAIR: i32 = 0;
const CROSS: i32 = 1;
const INTRA: i32 = 2;
const PART: i32 = 3;
const ADD: i32 = 4;
const FINISH: i32 = 5;

// @ts-ignore: decorator
@inline
function signOf(x: f64): f64 {
  return x > 0 ? 1 : x < 0 ? -1 : 0;
}

// @ts-ignore: decorator
@inline
function mapped(x: f64, low: f64, high: f64): f64 {
  const width = high - low;
  return width > 0 ? (min<f64>(max<f64>(x, low), high) - low) / width : 0;
}

/** One rule over a share of the elements, computed in float64 and rounded once, as its twin does. */
// @ts-ignore: decorator
@inline
function pcb(
  rule: i32,
  score: usize,
  sum: usize,
  divisor: usize,
  base: usize,
  own: usize,
  other: usize,
  length: i32,
  models: f64,
  low: f64,
  high: f64,
  otherLow: f64,
  otherHigh: f64,
  least: f64,
  most: f64,
  factor: f64,
  part: i32,
  parts: i32,
): void {
  const last = bytesOf(shareStart(length, part + 1, parts));
  for (let at = bytesOf(shareStart(length, part, parts)); at < last; at += 4) {
    if (rule === PART) {
      const value = factor * <f64>load<f32>(score + at);
      store<f32>(sum + at, <f32>max<f64>(value, 0));
      continue;
    }
    const origin = <f64>load<f32>(base + at);
    if (rule === FINISH) {
      const share = max<f64>(<f64>load<f32>(divisor + at), 1e-12);
      store<f32>(sum + at, <f32>(origin + <f64>load<f32>(sum + at) / share));
      continue;
    }
    const x = <f64>load<f32>(own + at) - origin;
    if (rule === PAIR) {
      const y = <f64>load<f32>(other + at) - origin;
      const size = mapped(abs(x), low, high) * mapped(abs(y), otherLow, otherHigh);
      const before = factor === 0 ? 0 : <f64>load<f32>(score + at);
      store<f32>(score + at, <f32>(before + tanh64(signOf(x) * signOf(y) * size)));
    } else if (rule === CROSS) {
      store<f32>(score + at, <f32>tanh64(x * <f64>load<f32>(other + at)));
    } else if (rule === INTRA) {
      const size = mapped(abs(x), low, high);
      const value = <f64>load<f32>(score + at) * exp64(models * size * size);
      store<f32>(score + at, <f32>value);
    } else if (rule === ADD) {
      const share = mapped(<f64>load<f32>(score + at), least, most);
      const size = min<f64>(max<f64>(abs(x), low), high);
      const value = <f64>load<f32>(sum + at) + factor * signOf(x) * size * share;
      store<f32>(sum + at, <f32>value);
      store<f32>(divisor + at, <f32>(<f64>load<f32>(divisor + at) + share));
    }
  }
}

export function pcb_pair(
  score: usize, sum: usize, divisor: usize, base: usize, own: usize, other: usize,
  length: i32, models: f32, low: f32, high: f32, otherLow: f32, otherHigh: f32,
  least: f32, most: f32, factor: f32, part: i32, parts: i32,
): void {
  pcb(PAIR, score, sum, divisor, base, own, other, length, models, low, high, otherLow, otherHigh, least, most, factor, part, parts);
}

export function pcb_cross(
  score: usize, sum: usize, divisor: usize, base: usize, own: usize, other: usize,
  length: i32, models: f32, low: f32, high: f32, otherLow: f32, otherHigh: f32,
  least: f32, most: f32, factor: f32, part: i32, parts: i32,
): void {
  pcb(CROSS, score, sum, divisor, base, own, other, length, models, low, high, otherLow, otherHigh, least, most, factor, part, parts);
}

export function pcb_intra(
  score: usize, sum: usize, divisor: usize, base: usize, own: usize, other: usize,
  length: i32, models: f32, low: f32, high: f32, otherLow: f32, otherHigh: f32,
  least: f32, most: f32, factor: f32, part: i32, parts: i32,
): void {
  pcb(INTRA, score, sum, divisor, base, own, other, length, models, low, high, otherLow, otherHigh, least, most, factor, part, parts);
}

export function pcb_part(
  score: usize, sum: usize, divisor: usize, base: usize, own: usize, other: usize,
  length: i32, models: f32, low: f32, high: f32, otherLow: f32, otherHigh: f32,
  least: f32, most: f32, factor: f32, part: i32, parts: i32,
): void {
  pcb(PART, score, sum, divisor, base, own, other, length, models, low, high, otherLow, otherHigh, least, most, factor, part, parts);
}

export function pcb_add(
  score: usize, sum: usize, divisor: usize, base: usize, own: usize, other: usize,
  length: i32, models: f32, low: f32, high: f32, otherLow: f32, otherHigh: f32,
  least: f32, most: f32, factor: f32, part: i32, parts: i32,
): void {
  pcb(ADD, score, sum, divisor, base, own, other, length, models, low, high, otherLow, otherHigh, least, most, factor, part, parts);
}

export function pcb_finish(
  score: usize, sum: usize, divisor: usize, base: usize, own: usize, other: usize,
  length: i32, models: f32, low: f32, high: f32, otherLow: f32, otherHigh: f32,
  least: f32, most: f32, factor: f32, part: i32, parts: i32,
): void {
  pcb(FINISH, score, sum, divisor, base, own, other, length, models, low, high, otherLow, otherHigh, least, most, factor, part, parts);
}
