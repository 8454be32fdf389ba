import type { DeviceBuffer } from '../../compute/executor.ts';
import type { MergeContext } from '../method.ts';
import { blockTable, type BlockTable } from '../ties/blocks.ts';
import { initialCuts, selectionBuffers, selectionSteps, uploaded } from '../ties/select.ts';
import { CUT_WORDS } from '../ties/trim-kernels.ts';
import { bitsToFloat } from '../twin-array.ts';

/** What one selection looks for: the element of this rank from above, 1 = the largest |values|. */
export interface Rank {
  readonly values: DeviceBuffer;
  readonly origin: DeviceBuffer;
  readonly rank: number;
}

/** Finds elements by rank over all parameters of the model. */
export class RankFinder {
  /** Parameters of the model, padding aside. */
  readonly size: number;
  private readonly context: MergeContext;
  private readonly table: BlockTable;
  private readonly blocks: DeviceBuffer;

  constructor(context: MergeContext) {
    this.context = context;
    this.table = blockTable(context.layout, 'global');
    this.blocks = uploaded(context, 'blocks', this.table.blocks);
    this.size = this.table.sizes[0] ?? 0;
  }

  /** The magnitudes of these ranks, exactly. */
  async find(ranks: readonly Rank[]): Promise<number[]> {
    const { context, table, blocks } = this;
    const counts = ranks.map(({ rank }) => [rank]);
    const cuts = uploaded(context, 'cuts', initialCuts(table, counts, { isSearched: true }));
    const buffers = selectionBuffers(context, table, { blocks, cuts });
    await context.run(
      ranks.flatMap(({ values, origin }, index) =>
        selectionSteps(table, buffers, { values, origin, index, keepsTies: true }),
      ),
    );
    const keys = await context.executor.read(cuts);
    return ranks.map((_, index) => bitsToFloat(keys[index * CUT_WORDS] ?? 0));
  }
}
