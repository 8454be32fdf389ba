import { AppError } from '../../core/errors.ts';
import { entryOf, type ParameterLayout } from '../../core/layout.ts';
import type { BufferView, DeviceBuffer } from '../../compute/executor.ts';
import type { Parameter, Table } from './graph.ts';
import type { Placement } from './placement.ts';

/** Device buffers of one shard; no gradients when it is frozen or nothing is trained. */
export interface ShardBuffers {
  readonly weights: DeviceBuffer;
  readonly gradients: DeviceBuffer | null;
}

/** Gives ops their tensors as ranges of the weight and gradient buffers. */
export class ParameterViews {
  private readonly placement: Pick<Placement, 'layout' | 'places'>;
  private readonly shards: readonly ShardBuffers[];

  constructor(placement: Pick<Placement, 'layout' | 'places'>, shards: readonly ShardBuffers[]) {
    this.placement = placement;
    this.shards = shards;
  }

  /** Of parameters that lie in one buffer, laid out as on the host. */
  static whole(
    layout: ParameterLayout,
    weights: DeviceBuffer,
    gradients: DeviceBuffer | null,
  ): ParameterViews {
    const places = new Map(
      layout.entries.map(({ name, offset, size }) => {
        return [name, [{ shard: 0, offset, start: 0, length: size }]];
      }),
    );
    return new ParameterViews({ layout, places }, [{ weights, gradients }]);
  }

  /**
   * A tensor, or neighbours that the layout put side by side (q, k, v) as one.
   * @errors limit-exceeded for a table that lies in ranges: ask for `table`
   */
  get(...names: readonly string[]): Parameter {
    const { layout, places } = this.placement;
    const entries = names.map((name) => entryOf(layout, name));
    const start = entries[0]?.offset ?? 0;
    let end = start;
    for (const entry of entries) {
      if (entry.offset !== end) {
        throw new AppError('internal', `"${entry.name}" does not follow its group in the arena.`);
      }
      end += entry.size;
    }
    const [place, more] = places.get(names[0] ?? '') ?? [];
    if (place === undefined) {
      throw new AppError('internal', `"${names.join()}" has no place on the device.`);
    }
    if (more !== undefined) {
      const message = `${names.join()} exceeds one buffer of the adapter; this needs it whole.`;
      throw new AppError('limit-exceeded', message, {
        hint: 'Choose a smaller vocabulary or width, or another adapter. Nothing was started.',
        details: { names: [...names] },
      });
    }
    return this.range(place.shard, place.offset, end - start);
  }

  /** A matrix that may lie in ranges of rows. */
  table(name: string): Table {
    const { layout, places } = this.placement;
    const ranges = places.get(name) ?? [];
    if (ranges.length <= 1) return this.get(name);
    const width = entryOf(layout, name).shape[1] ?? 1;
    return ranges.map(({ shard, offset, start, length }) => {
      const own = this.range(shard, offset, length);
      return { ...own, first: start / width, rows: length / width };
    });
  }

  private range(index: number, offset: number, length: number): Parameter {
    const shard = this.shards[index];
    if (shard === undefined) throw new AppError('internal', `There is no shard ${index}.`);
    const view = (buffer: DeviceBuffer): BufferView => ({ buffer, offset, length });
    return {
      weight: view(shard.weights),
      gradient: shard.gradients === null ? null : view(shard.gradients),
    };
  }
}
