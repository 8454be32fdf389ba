import type { DeviceBuffer } from '../../compute/executor.ts';
import type { TensorEntry } from '../../core/layout.ts';
import type { MergeContext, MergeMethod } from '../method.ts';
import { throughRanges } from '../recorded/recorded-form.ts';
import { arceeKernels } from '../sparse/arcee-kernels.ts';
import { baseOf, orderedEntries } from '../sparse/delta-workspace.ts';
import { blockTable, type BlockTable } from '../ties/blocks.ts';
import { initialCuts, selectionBuffers, selectionSteps, uploaded } from '../ties/select.ts';
import { CUT_WORDS } from '../ties/trim-kernels.ts';
import { bitsToFloat } from '../twin-array.ts';

const QUARTILES = [0.25, 0.5, 0.75] as const;

/**
 * Arcee Fusion: takes over what matters.   θ = θ₁ where score ≥ median + 1.5 (Q₃ − Q₁), else θᵦ,
 *   score = |τ| · KL(softmax θ₁ ‖ softmax θᵦ) over the rows of the last axis
 * Quartiles are the scores of rank ⌊q (n − 1)⌋ of each tensor, exact at any size (mergekit samples
 * above a million). Where all scores are equal, as for one column, the model is taken over.
 * @numeric choice exact up to scores within 2e-5 of the threshold; same bits on repeat
 * @source  mergekit `arcee_fusion`
 */
export const arceeFusion: MergeMethod = {
  id: 'arcee_fusion',
  title: 'Arcee Fusion',
  summary: 'θ = θ₁ where |τ| · KL(softmax θ₁ ‖ softmax θᵦ) stands out in its tensor, else θᵦ.',
  source: 'mergekit 0.1.4 arcee_fusion',
  models: { min: 1, max: 1 },
  needsBase: true,
  family: 'sparse',
  isMergekit: true,
  parameters: [],
  ranges: throughRanges,
  apply: async (context) => {
    const base = baseOf(context);
    const [model = base] = context.models;
    const table = blockTable(context.layout, 'tensor');
    const blocks = uploaded(context, 'blocks', table.blocks);
    const rows = uploaded(context, 'rows', rowWords(orderedEntries(context.layout)));
    const scores = context.scratch('scores', 'f32', context.layout.length);
    const zeros = context.scratch('zeros', 'f32', context.layout.length);
    const uniforms = { blockCount: table.blocks.length / 3 };
    const bind = { base, model, blocks, rows };
    const none = context.scratch('unused', 'f32', 1);
    await context.run([
      {
        kernel: arceeKernels.scores,
        bind: { ...bind, result: scores, scores: zeros, thresholds: none },
        uniforms,
      },
    ]);
    const found = await tensorThresholds(context, table, { blocks, scores, zeros });
    const thresholds = uploaded(context, 'thresholds', found);
    await context.run([
      {
        kernel: arceeKernels.select,
        bind: { ...bind, result: context.output, scores, thresholds },
        uniforms,
      },
    ]);
  },
};

interface Scored {
  readonly blocks: DeviceBuffer;
  readonly scores: DeviceBuffer;
  readonly zeros: DeviceBuffer;
}

async function tensorThresholds(
  context: MergeContext,
  table: BlockTable,
  { blocks, scores, zeros }: Scored,
): Promise<Float32Array> {
  const counts = QUARTILES.map((share) =>
    table.sizes.map((size) => size - Math.floor(share * Math.max(0, size - 1))),
  );
  const cuts = uploaded(context, 'cuts', initialCuts(table, counts, { isSearched: true }));
  const buffers = selectionBuffers(context, table, { blocks, cuts });
  await context.run(
    QUARTILES.flatMap((_, index) =>
      selectionSteps(table, buffers, { values: scores, origin: zeros, index, keepsTies: true }),
    ),
  );
  const keys = await context.executor.read(cuts);
  const segments = table.sizes.length;
  return Float32Array.from(table.sizes, (_, segment) => {
    const [lower = 0, median = 0, upper = 0] = QUARTILES.map((_share, index) =>
      bitsToFloat(keys[(index * segments + segment) * CUT_WORDS] ?? 0),
    );
    return median + 1.5 * (upper - lower);
  });
}

/** First element and row length of each tensor; a vector or a number is one row. */
function rowWords(entries: readonly TensorEntry[]): Uint32Array<ArrayBuffer> {
  return new Uint32Array(
    entries.flatMap(({ shape, offset, size }) => [
      offset,
      Math.max(1, shape.length < 2 ? size : (shape.at(-1) ?? 1)),
    ]),
  );
}
