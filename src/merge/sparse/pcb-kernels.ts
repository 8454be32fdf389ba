import wgsl from '../../../shaders/merge/pcb.wgsl?raw';
import { read, write } from '../../compute/kernel-fields.ts';
import { defineKernel, linearGroups, type Kernel } from '../../compute/kernel.ts';
import { arrayOf, uniformOf } from '../twin-array.ts';

/** A thread does several elements: fewer workgroups are cheaper on software adapters. */
const ELEMENTS_PER_THREAD = 16;

const NUMBERS = [
  ...(['models', 'low', 'high', 'otherLow', 'otherHigh', 'least', 'most', 'factor'] as const),
];
type Numbers = Readonly<Record<(typeof NUMBERS)[number], number>>;

/** One element inside a twin, one object for a whole dispatch; the first three are written back. */
interface Element {
  score: number;
  sum: number;
  divisor: number;
  base: number;
  /** own − base */
  x: number;
  other: number;
}

type Rule = (element: Element, numbers: Numbers) => void;

function pcbKernel(entry: string, rule: Rule): Kernel {
  return defineKernel({
    name: entry,
    wgsl,
    entry,
    bindings: [...write('score', 'sum', 'divisor'), ...read('base', 'own', 'other')],
    uniforms: [
      { name: 'length', type: 'u32' },
      ...NUMBERS.map((name) => ({ name, type: 'f32' as const })),
    ],
    groups: (uniforms) =>
      linearGroups(Math.ceil(uniformOf(uniforms, 'length') / ELEMENTS_PER_THREAD), 64),
    twin: (buffers, uniforms) => {
      const [score, sum] = [arrayOf(buffers, 'score'), arrayOf(buffers, 'sum')];
      const [divisor, base] = [arrayOf(buffers, 'divisor'), arrayOf(buffers, 'base')];
      const [own, other] = [arrayOf(buffers, 'own'), arrayOf(buffers, 'other')];
      const length = uniformOf(uniforms, 'length');
      const numbers = Object.fromEntries(
        NUMBERS.map((name) => [name, uniformOf(uniforms, name)]),
      ) as Numbers;
      const element = { score: 0, sum: 0, divisor: 0, base: 0, x: 0, other: 0 };
      for (let i = 0; i < length; i++) {
        element.score = score[i] ?? 0;
        element.sum = sum[i] ?? 0;
        element.divisor = divisor[i] ?? 0;
        element.base = base[i] ?? 0;
        element.x = (own[i] ?? 0) - element.base;
        element.other = other[i] ?? 0;
        rule(element, numbers);
        score[i] = element.score;
        sum[i] = element.sum;
        divisor[i] = element.divisor;
      }
    },
  });
}

function mapped(x: number, low: number, high: number): number {
  const width = high - low;
  return width > 0 ? (Math.min(Math.max(x, low), high) - low) / width : 0;
}

/**
 * Scores of parameter competition balancing and what is made of them; the rules stand in the
 * shader.
 * @shape   all f32[arena]
 * @limits  up to 64 models: exp(K) has to be an f32
 * @numeric scores: relative error <= 5e-6; same bits on repeat
 */
export const pcbKernels = {
  pair: pcbKernel('pcb_pair', (element, numbers) => {
    const y = element.other - element.base;
    const size = mapped(Math.abs(element.x), numbers.low, numbers.high);
    const second = mapped(Math.abs(y), numbers.otherLow, numbers.otherHigh);
    const before = numbers.factor === 0 ? 0 : element.score;
    element.score = before + Math.tanh(Math.sign(element.x) * Math.sign(y) * size * second);
  }),
  cross: pcbKernel('pcb_cross', (element) => {
    element.score = Math.tanh(element.x * element.other);
  }),
  intra: pcbKernel('pcb_intra', (element, numbers) => {
    const size = mapped(Math.abs(element.x), numbers.low, numbers.high);
    element.score *= Math.exp(numbers.models * size * size);
  }),
  part: pcbKernel('pcb_part', (element, numbers) => {
    element.sum = Math.max(numbers.factor * element.score, 0);
  }),
  add: pcbKernel('pcb_add', (element, numbers) => {
    const { x, score } = element;
    const share = mapped(score, numbers.least, numbers.most);
    const size = Math.min(Math.max(Math.abs(x), numbers.low), numbers.high);
    element.sum += numbers.factor * Math.sign(x) * size * share;
    element.divisor += share;
  }),
  finish: pcbKernel('pcb_finish', (element) => {
    element.sum = element.base + element.sum / Math.max(element.divisor, 1e-12);
  }),
} as const;
