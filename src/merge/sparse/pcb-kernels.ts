import wgsl from '../../../shaders/merge/pcb.wgsl?raw';
import { defineKernel, linearGroups, type Kernel } from '../../compute/kernel.ts';
import { arrayOf, uniformOf } from '../twin-array.ts';

/** A thread does several elements: fewer workgroups are cheaper on software adapters. */
const ELEMENTS_PER_THREAD = 16;

const UNIFORMS = [
  ...['models', 'low', 'high', 'otherLow', 'otherHigh', 'least', 'most', 'factor'],
] as const;

/** One element inside a twin; `score`, `sum` and `divisor` are written back. */
interface Element {
  score: number;
  sum: number;
  divisor: number;
  readonly base: number;
  /** own − base */
  readonly x: number;
  readonly other: number;
}

type Rule = (element: Element, uniform: (name: (typeof UNIFORMS)[number]) => number) => void;

function pcbKernel(entry: string, rule: Rule): Kernel {
  return defineKernel({
    name: entry,
    wgsl,
    entry,
    bindings: [
      { name: 'score', type: 'f32', access: 'read_write' },
      { name: 'sum', type: 'f32', access: 'read_write' },
      { name: 'divisor', type: 'f32', access: 'read_write' },
      { name: 'base', type: 'f32', access: 'read' },
      { name: 'own', type: 'f32', access: 'read' },
      { name: 'other', type: 'f32', access: 'read' },
    ],
    uniforms: [
      { name: 'length', type: 'u32' },
      ...UNIFORMS.map((name) => ({ name, type: 'f32' as const })),
    ],
    groups: (uniforms) =>
      linearGroups(Math.ceil(uniformOf(uniforms, 'length') / ELEMENTS_PER_THREAD), 64),
    twin: (buffers, uniforms) => {
      const [score, sum] = [arrayOf(buffers, 'score'), arrayOf(buffers, 'sum')];
      const [divisor, base] = [arrayOf(buffers, 'divisor'), arrayOf(buffers, 'base')];
      const [own, other] = [arrayOf(buffers, 'own'), arrayOf(buffers, 'other')];
      for (let i = 0; i < uniformOf(uniforms, 'length'); i++) {
        const origin = base[i] ?? 0;
        const element = {
          ...{ score: score[i] ?? 0, sum: sum[i] ?? 0, divisor: divisor[i] ?? 0 },
          ...{ base: origin, x: (own[i] ?? 0) - origin, other: other[i] ?? 0 },
        };
        rule(element, (name) => uniformOf(uniforms, name));
        if (i < score.length) score[i] = element.score;
        if (i < sum.length) sum[i] = element.sum;
        if (i < divisor.length) divisor[i] = element.divisor;
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
 * @shape   all f32[arena]; of buffers that a rule leaves alone one element will do
 * @limits  up to 64 models: exp(K) has to be an f32
 * @numeric scores: relative error <= 5e-6; same bits on repeat
 */
export const pcbKernels = {
  pair: pcbKernel('pcb_pair', (element, uniform) => {
    const y = element.other - element.base;
    const size = mapped(Math.abs(element.x), uniform('low'), uniform('high'));
    const second = mapped(Math.abs(y), uniform('otherLow'), uniform('otherHigh'));
    element.score += Math.tanh(Math.sign(element.x) * Math.sign(y) * size * second);
  }),
  cross: pcbKernel('pcb_cross', (element) => {
    element.score = Math.tanh(element.x * element.other);
  }),
  intra: pcbKernel('pcb_intra', (element, uniform) => {
    const size = mapped(Math.abs(element.x), uniform('low'), uniform('high'));
    element.score *= Math.exp(uniform('models') * size * size);
  }),
  part: pcbKernel('pcb_part', (element, uniform) => {
    element.sum = Math.max(uniform('factor') * element.score, 0);
  }),
  add: pcbKernel('pcb_add', (element, uniform) => {
    const { x, score } = element;
    const share = mapped(score, uniform('least'), uniform('most'));
    const size = Math.min(Math.max(Math.abs(x), uniform('low')), uniform('high'));
    element.sum += uniform('factor') * Math.sign(x) * size * share;
    element.divisor += share;
    element.score = 0;
  }),
  finish: pcbKernel('pcb_finish', (element) => {
    element.sum = element.base + element.sum / Math.max(element.divisor, 1e-12);
  }),
} as const;
