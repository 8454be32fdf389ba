import { AppError } from '../../core/errors.ts';
import { entryOf, layoutOf, type ParameterLayout } from '../../core/layout.ts';

/** What a model's parameters are called and which of them lie side by side. */
export interface ParameterTable {
  readonly layout: ParameterLayout;
  /** Names of the tensors that are one matrix for one product, in the order of the arena. */
  readonly groups: readonly (readonly string[])[];
  /** Matrices that ops take in ranges of rows (`Table`), so that one buffer need not hold them. */
  readonly rowTables?: readonly string[];
}

/** Lays groups of tensors out one after the other. */
export function tableOf(groups: readonly (readonly TensorShape[])[]): ParameterTable {
  return {
    layout: layoutOf(groups),
    groups: groups.map((group) => group.map(({ name }) => name)),
  };
}

export interface TensorShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Number of trainable values (padding not counted). */
export function parameterCount(layout: ParameterLayout): number {
  return layout.entries.reduce((sum, entry) => sum + entry.size, 0);
}

/** Copies named tensors into an arena. @errors layout-mismatch listing missing, extra, misshapen */
export function fillArena(
  layout: ParameterLayout,
  tensors: ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>,
): Float32Array<ArrayBuffer> {
  const faults: { place: string; message: string }[] = [];
  const arena = new Float32Array(layout.length);
  for (const entry of layout.entries) {
    const tensor = tensors.get(entry.name);
    const place = `tensor "${entry.name}"`;
    if (tensor === undefined) faults.push({ place, message: 'is missing' });
    else if (tensor.shape.join() !== entry.shape.join()) {
      faults.push({
        place,
        message: `is [${tensor.shape.join()}], the model needs [${entry.shape.join()}]`,
      });
    } else arena.set(tensor.data, entry.offset);
  }
  for (const name of tensors.keys()) {
    if (layout.entries.every((entry) => entry.name !== name)) {
      faults.push({ place: `tensor "${name}"`, message: 'is not part of this model' });
    }
  }
  if (faults.length === 0) return arena;
  throw new AppError(
    'layout-mismatch',
    'The checkpoint does not fit the model; nothing was loaded.',
    {
      hint: 'Use the config.json that belongs to the weights.',
      faults,
    },
  );
}

/** One tensor of an arena, shared memory. */
export function tensorOf(
  layout: ParameterLayout,
  arena: Float32Array<ArrayBuffer>,
  name: string,
): Float32Array<ArrayBuffer> {
  const { offset, size } = entryOf(layout, name);
  return arena.subarray(offset, offset + size);
}
