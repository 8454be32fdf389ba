import * as v from 'valibot';
import { AppError, toAppError } from '../../core/errors.ts';
import { decodeFloats } from '../../io/safetensors-decode.ts';
import { encodeFloats } from '../../io/safetensors-encode.ts';
import { readValue, writeValue } from '../../store/files/json-with-arrays.ts';
import type { ArtefactKind, LabStore, StoredCheckpoint } from '../checkpoints/lab-store.ts';
import { ENGINE_VERSION } from '../experiment/experiment-defaults.ts';

/** Version of the form below. */
export const MODELS_SCHEMA = 'mmgrid-models/1';

/** What a model was rounded to: half the bytes, and every number beside it is that of the rounded one. */
const WEIGHTS = 'F16';

/** Who trained the models, and with what: shown wherever their numbers are. */
export interface PackFacts {
  readonly engine: string;
  /** What computed them. */
  readonly machine: string;
  readonly seed: number;
}

/** The results of a document's jobs, under the ids of the jobs. */
export interface PackedResults extends PackFacts {
  readonly checkpoints: readonly (StoredCheckpoint & { readonly id: string })[];
  readonly artefacts: readonly {
    readonly id: string;
    readonly kind: ArtefactKind;
    readonly value: unknown;
  }[];
}

const bytes = v.pipe(
  v.custom<Uint8Array>((value) => value instanceof Uint8Array, 'has no bytes'),
  v.check(({ length }) => length % 2 === 0, 'has half a value'),
);
const id = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'is the id of no job'));

const packed = v.object({
  schema: v.literal(MODELS_SCHEMA),
  engine: v.string(),
  machine: v.string(),
  seed: v.pipe(v.number(), v.integer(), v.minValue(0)),
  checkpoints: v.pipe(
    v.array(v.object({ id, meta: v.record(v.string(), v.unknown()), weights: bytes })),
    v.minLength(1),
  ),
  artefacts: v.array(v.object({ id, kind: v.string(), value: v.unknown() })),
});

/**
 * Values as the pack holds them.
 * @errors non-finite for what binary16 has no number for
 */
export function packedWeights(values: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const rounded = decodeFloats(encodeFloats(values, WEIGHTS), WEIGHTS, values.length);
  if (rounded.every(Number.isFinite)) return rounded;
  throw new AppError('non-finite', 'A weight is too large for 16 bits.', {
    hint: 'Nothing was written. Train with smaller learning rates.',
  });
}

/** A pack as a gzip file: its description, then the weights, their upper bytes before their lower ones. */
export async function writeModels(results: PackedResults): Promise<Uint8Array<ArrayBuffer>> {
  const { checkpoints, ...rest } = results;
  const written = writeValue({
    schema: MODELS_SCHEMA,
    ...rest,
    checkpoints: checkpoints.map(({ id: own, meta, parameters }) => ({
      id: own,
      meta,
      weights: planes(encodeFloats(parameters, WEIGHTS)),
    })),
  });
  const text = new TextEncoder().encode(written.text);
  const size = new Uint8Array(new Uint32Array([text.length]).buffer);
  return piped(new Blob([size, text, written.bytes]), new CompressionStream('gzip'));
}

/**
 * A pack that was read, checked whole.
 * @errors version-mismatch for one of another engine, data-invalid with every fault
 */
export async function readModels(file: Uint8Array<ArrayBuffer>): Promise<PackedResults> {
  const value = await opened(file);
  const engine = v.safeParse(v.object({ engine: v.string() }), value);
  if (engine.success && engine.output.engine !== ENGINE_VERSION) {
    throw new AppError(
      'version-mismatch',
      `The prebaked models are of engine ${engine.output.engine}; this page has ${ENGINE_VERSION}.`,
      { hint: HINT },
    );
  }
  const parsed = v.safeParse(packed, value);
  if (!parsed.success) {
    throw new AppError('data-invalid', UNREADABLE, {
      hint: HINT,
      faults: parsed.issues.map((issue) => ({
        place: v.getDotPath(issue) ?? '',
        message: issue.message,
      })),
    });
  }
  const { checkpoints, artefacts, engine: own, machine, seed } = parsed.output;
  return {
    ...{ engine: own, machine, seed },
    artefacts: artefacts as unknown as PackedResults['artefacts'],
    checkpoints: checkpoints.map(({ id: name, meta, weights }) => ({
      id: name,
      // What a store checks of it when it is read.
      meta: meta as unknown as StoredCheckpoint['meta'],
      parameters: decodeFloats(joined(weights), WEIGHTS, weights.length / 2),
    })),
  };
}

/** Puts everything under its id, as if the jobs had been run. @errors those of the store */
export async function storeModels(results: PackedResults, store: LabStore): Promise<void> {
  for (const { id: own, kind, value } of results.artefacts) {
    await store.putArtefact(own, kind, value);
  }
  for (const { id: own, meta, parameters } of results.checkpoints) {
    await store.putCheckpoint(own, { meta, parameters });
  }
}

const UNREADABLE = 'The prebaked models have another form than this page reads.';
const HINT = 'Nothing of them is shown. Train it here: the grid computes the same in this tab.';

async function opened(file: Uint8Array<ArrayBuffer>): Promise<unknown> {
  try {
    const whole = await piped(new Blob([file]), new DecompressionStream('gzip'));
    const length = new DataView(whole.buffer).getUint32(0, true);
    const text = new TextDecoder().decode(whole.subarray(4, 4 + length));
    return readValue({ text, bytes: whole.slice(4 + length) });
  } catch (error) {
    throw new AppError('data-invalid', UNREADABLE, { hint: HINT, cause: toAppError(error) });
  }
}

async function piped(
  blob: Blob,
  through: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(blob.stream().pipeThrough(through)).arrayBuffer());
}

/** Upper bytes, which resemble each other, before lower ones, which do not. */
function planes(halves: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const count = halves.length / 2;
  return halves.map((_, at) => halves[at < count ? 2 * at + 1 : 2 * (at - count)] ?? 0);
}

function joined(parts: Uint8Array): Uint8Array<ArrayBuffer> {
  const count = parts.length / 2;
  return Uint8Array.from(parts, (_, at) => parts[(at % 2 === 1 ? 0 : count) + (at >> 1)] ?? 0);
}
