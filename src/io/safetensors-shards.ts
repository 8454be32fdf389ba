import { AppError } from '../core/errors.ts';

/** A tensor to be written; its bytes follow in the order of the plan. */
export interface ShardTensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly sizeBytes: number;
}

export interface Shard<T extends ShardTensor> {
  readonly fileName: string;
  /** Everything before the first tensor's bytes. */
  readonly header: Uint8Array<ArrayBuffer>;
  readonly tensors: readonly T[];
}

export interface ShardPlan<T extends ShardTensor> {
  readonly shards: readonly Shard<T>[];
  /** Content of `model.safetensors.index.json`; null for a single file. */
  readonly index: string | null;
  /** Of all tensors. */
  readonly totalBytes: number;
}

/** What Transformers splits at. */
export const MAX_SHARD_BYTES = 5 * 10 ** 9;

/** Files of a model, filled in order; a tensor larger than a shard has one of its own. */
export function planShards<T extends ShardTensor>(
  tensors: readonly T[],
  maxShardBytes = MAX_SHARD_BYTES,
): ShardPlan<T> {
  checkNames(tensors);
  const groups: T[][] = [];
  let room = 0;
  for (const tensor of tensors) {
    const last = groups.at(-1);
    if (last === undefined || tensor.sizeBytes > room) {
      groups.push([tensor]);
      room = maxShardBytes - tensor.sizeBytes;
    } else {
      last.push(tensor);
      room -= tensor.sizeBytes;
    }
  }
  const shards = groups.map((group, index): Shard<T> => {
    const own = wideFirst(group);
    return { fileName: fileName(index, groups.length), header: headerOf(own), tensors: own };
  });
  const totalBytes = tensors.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return { shards, index: shards.length > 1 ? indexOf(shards, totalBytes) : null, totalBytes };
}

function fileName(index: number, count: number): string {
  if (count === 1) return 'model.safetensors';
  const digits = (value: number) => String(value).padStart(5, '0');
  return `model-${digits(index + 1)}-of-${digits(count)}.safetensors`;
}

/** Readers map the bytes as they lie: wider types first keeps every tensor on its alignment. */
function wideFirst<T extends ShardTensor>(tensors: readonly T[]): T[] {
  const width = ({ dtype }: T) => Number(/\d+/.exec(dtype)?.[0] ?? 8);
  return [...tensors].sort((a, b) => width(b) - width(a));
}

/** Header size, header padded to a multiple of 8, `__metadata__` that Transformers asks for. */
function headerOf(tensors: readonly ShardTensor[]): Uint8Array<ArrayBuffer> {
  const fields = ['"__metadata__":{"format":"pt"}'];
  let end = 0;
  for (const { name, dtype, shape, sizeBytes } of tensors) {
    const entry = { dtype, shape, data_offsets: [end, end + sizeBytes] };
    // Joined by hand: an object would lose a tensor called __proto__ and reorder one called 7.
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    end += sizeBytes;
  }
  const json = new TextEncoder().encode(`{${fields.join(',')}}`);
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const header = new Uint8Array(8 + headerBytes).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(headerBytes), true);
  header.set(json, 8);
  return header;
}

function indexOf(shards: readonly Shard<ShardTensor>[], totalBytes: number): string {
  const entries = shards.flatMap(({ fileName: file, tensors }) =>
    tensors.map(({ name }) => [name, file] as const),
  );
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = entries.map(([name, file]) => `    ${JSON.stringify(name)}: "${file}"`);
  return `{\n  "metadata": { "total_size": ${totalBytes} },\n  "weight_map": {\n${lines.join(',\n')}\n  }\n}\n`;
}

function checkNames(tensors: readonly ShardTensor[]): void {
  const names = new Set(tensors.map(({ name }) => name));
  if (names.size < tensors.length || names.has('') || names.has('__metadata__')) {
    throw new AppError('invalid-argument', 'A tensor name is empty or used twice.');
  }
  if (tensors.length === 0) throw new AppError('invalid-argument', 'There is no tensor to write.');
}
