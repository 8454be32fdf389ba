import { AppError } from '../core/errors.ts';
import { entryOf, type ParameterLayout } from '../core/layout.ts';
import type { BufferView, DeviceBuffer } from '../compute/executor.ts';
import type { Parameter } from './graph.ts';
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
    const places = new Map(layout.entries.map(({ name, offset }) => [name, { shard: 0, offset }]));
    return new ParameterViews({ layout, places }, [{ weights, gradients }]);
  }

  /** A tensor, or neighbours that the layout put side by side (q, k, v) as one. */
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
    const place = places.get(names[0] ?? '');
    const shard = this.shards[place?.shard ?? -1];
    if (place === undefined || shard === undefined) {
      throw new AppError('internal', `"${names.join()}" has no place on the device.`);
    }
    const { offset } = place;
    const range = (buffer: DeviceBuffer): BufferView => ({ buffer, offset, length: end - start });
    return {
      weight: range(shard.weights),
      gradient: shard.gradients === null ? null : range(shard.gradients),
    };
  }
}
