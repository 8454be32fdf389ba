import { AppError } from '../core/errors.ts';
import { entryOf, type ParameterLayout } from '../core/layout.ts';
import type { BufferView, DeviceBuffer } from '../compute/executor.ts';
import type { Parameter } from './graph.ts';

/** Gives ops their tensors as ranges of the weight and gradient arenas. */
export class ParameterViews {
  private readonly layout: ParameterLayout;
  private readonly weights: DeviceBuffer;
  private readonly gradients: DeviceBuffer | null;

  constructor(layout: ParameterLayout, weights: DeviceBuffer, gradients: DeviceBuffer | null) {
    this.layout = layout;
    this.weights = weights;
    this.gradients = gradients;
  }

  /** A tensor, or neighbours that the layout put side by side (q, k, v) as one. */
  get(...names: readonly string[]): Parameter {
    const entries = names.map((name) => entryOf(this.layout, name));
    const offset = entries[0]?.offset ?? 0;
    let end = offset;
    for (const entry of entries) {
      if (entry.offset !== end) {
        throw new AppError('internal', `"${entry.name}" does not follow its group in the arena.`);
      }
      end += entry.size;
    }
    const range = (buffer: DeviceBuffer): BufferView => ({ buffer, offset, length: end - offset });
    return {
      weight: range(this.weights),
      gradient: this.gradients === null ? null : range(this.gradients),
    };
  }
}
