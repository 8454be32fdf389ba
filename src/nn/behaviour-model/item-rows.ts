import type { BufferScope } from '../../compute/buffer-scope.ts';
import { viewOf, type DeviceBuffer } from '../../compute/executor.ts';
import type { EmbeddingInputs } from './behaviour-inputs.ts';
import type { BehaviourConfig } from './behaviour-layout.ts';

/** Items of rows, with what is known of them. */
export interface ItemColumns {
  /** u32[N]. */
  readonly items: Uint32Array;
  /** By side feature: u32[N]. */
  readonly features: Readonly<Record<string, Uint32Array>>;
}

/** Items of rows on the device, for lookups alone: without the sort that gradients need. */
export class ItemRows {
  readonly inputs: EmbeddingInputs;
  private readonly scope: BufferScope;
  private readonly config: BehaviourConfig;
  private readonly items: DeviceBuffer;
  private readonly features: readonly DeviceBuffer[];

  /** @param mark 0 history, 1 candidate */
  constructor(scope: BufferScope, config: BehaviourConfig, rows: number, mark: 0 | 1) {
    const column = (name: string) => scope.allocate(name, 'u32', rows);
    const marks = column('marks');
    this.scope = scope;
    this.config = config;
    this.items = column('items');
    this.features = config.features.map(({ name }) => column(name));
    const tokens = (buffer: DeviceBuffer) => ({ ids: viewOf(buffer), segments: null });
    const { items, features } = this;
    this.inputs = { items: tokens(items), features: features.map(tokens), marks: tokens(marks) };
    scope.executor.write(marks, new Uint32Array(rows).fill(mark));
  }

  upload({ items, features }: ItemColumns): void {
    const { executor } = this.scope;
    executor.write(this.items, items);
    this.config.features.forEach(({ name }, index) => {
      const [buffer, values] = [this.features[index], features[name]];
      if (buffer !== undefined && values !== undefined) executor.write(buffer, values);
    });
  }
}
