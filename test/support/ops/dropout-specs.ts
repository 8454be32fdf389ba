import { attention, ATTENTION_TOLERANCE } from '../../../src/nn/ops/attention.ts';
import { drawOf } from '../../../src/nn/ops/dropout-mask.ts';
import { dropout, DROPOUT_TOLERANCE } from '../../../src/nn/ops/dropout.ts';
import { fillSpans } from '../../../src/nn/inputs/spans.ts';
import type { OpCase, OpSpec } from './check-op.ts';
import { need, size } from './spec-sizes.ts';

type Sizes = Readonly<Record<string, number>>;

/** In percent, so that a case's sizes are whole numbers. */
const rateOf = (sizes: Sizes) => size(sizes, 'percent') / 100;

const dropoutSpec = (hasResidual: boolean): OpSpec => ({
  name: hasResidual ? 'dropout into a residual' : 'dropout',
  tolerance: () => DROPOUT_TOLERANCE,
  inputs: (sizes): Record<string, number> => {
    const length = size(sizes, 'rows') * size(sizes, 'width');
    return { x: length, ...(hasResidual && { residual: length }) };
  },
  parameters: () => ({}),
  fixed: () => ({ draw: drawOf(7, 3, 5) }),
  build: (graph, inputs, _parameters, fixed, sizes) => {
    const place = { draw: need(fixed, 'draw'), site: 2, rate: rateOf(sizes) };
    const residual = hasResidual ? need(inputs, 'residual') : undefined;
    return dropout(graph, need(inputs, 'x'), place, size(sizes, 'width'), residual);
  },
});

const attentionDropoutSpec = (isCausal: boolean): OpSpec => ({
  name: isCausal ? 'attention with dropout' : 'bidirectional attention with dropout',
  tolerance: (sizes) => ({
    absolute: ATTENTION_TOLERANCE.absolute * Math.sqrt(size(sizes, 'rows')),
    relative: ATTENTION_TOLERANCE.relative,
  }),
  inputs: (sizes) => {
    const width = (size(sizes, 'heads') + 2 * size(sizes, 'kvHeads')) * size(sizes, 'headWidth');
    return { qkv: size(sizes, 'rows') * width };
  },
  parameters: () => ({}),
  fixed: (sizes) => {
    const rows = size(sizes, 'rows');
    const spans = new Uint32Array(2 * rows);
    // A segment of one row, padding, and one up to a padded last row.
    const edges = rows < 8 ? [0, rows] : [0, 1, 3, rows - 1];
    fillSpans(Uint32Array.from(edges), spans, new Uint32Array(rows));
    return { spans, draw: drawOf(11, 4, 130) };
  },
  build: (graph, inputs, _parameters, fixed, sizes) => {
    const place = { draw: need(fixed, 'draw'), site: 3, rate: rateOf(sizes) };
    const [rows, heads] = [size(sizes, 'rows'), size(sizes, 'heads')];
    const widths = { kvHeads: size(sizes, 'kvHeads'), headWidth: size(sizes, 'headWidth') };
    const shape = { rows, length: rows, isCausal, heads, ...widths };
    return attention(graph, need(inputs, 'qkv'), need(fixed, 'spans'), shape, place);
  },
});

export const DROPOUT_TABLE: readonly { spec: OpSpec; cases: readonly OpCase[] }[] = [
  ...[true, false].map((hasResidual) => ({
    spec: dropoutSpec(hasResidual),
    cases: [
      ...[1, 3, 63, 64, 257].map((rows) => ({ sizes: { rows, width: 12, percent: 30 } })),
      { sizes: { rows: 5, width: 64, percent: 90 } },
      { sizes: { rows: 5, width: 64, percent: 0 } },
      { sizes: { rows: 4, width: 4, percent: 50 }, fill: 'zeros' as const },
    ],
  })),
  ...[true, false].map((isCausal) => ({
    spec: attentionDropoutSpec(isCausal),
    cases: [
      { sizes: { rows: 1, heads: 1, kvHeads: 1, headWidth: 8, percent: 30 } },
      { sizes: { rows: 7, heads: 2, kvHeads: 1, headWidth: 8, percent: 30 } },
      { sizes: { rows: 65, heads: 4, kvHeads: 2, headWidth: 16, percent: 20 } },
      { sizes: { rows: 38, heads: 2, kvHeads: 2, headWidth: 32, percent: 60 } },
      { sizes: { rows: 29, heads: 2, kvHeads: 1, headWidth: 128, percent: 10 } },
      { sizes: { rows: 300, heads: 2, kvHeads: 1, headWidth: 4, percent: 30 } },
      { sizes: { rows: 9, heads: 2, kvHeads: 1, headWidth: 8, percent: 0 } },
    ],
  })),
];
