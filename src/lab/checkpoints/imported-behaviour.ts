import { hashJson, sha256Hex } from '../../core/hash.ts';
import type { ByteSource } from '../../io/byte-source.ts';
import { parameterCount, tensorOf } from '../../nn/graph/parameter-table.ts';
import type { BehaviourCheckpoint } from '../../rec/behaviour/align-behaviour.ts';
import { importBehaviour } from '../../rec/checkpoints/import-behaviour.ts';
import type { BehaviourSizes } from '../experiment/behaviour-sizes.ts';
import type { ImportedBehaviourModel } from '../experiment/experiment-types.ts';

/** A pretrained behaviour model from files: what click models start from. */
export interface ImportedBehaviour {
  readonly kind: 'behaviour';
  readonly model: ImportedBehaviourModel;
  readonly checkpoint: BehaviourCheckpoint;
  readonly summary: BehaviourSummary;
}

/** What was read of it, for people. */
export interface BehaviourSummary {
  readonly kind: 'behaviour';
  readonly sizes: BehaviourSizes;
  /** Rows of the item table, the unknown one apart. */
  readonly items: number;
  /** Side features, and their values without the unknown one. */
  readonly features: readonly { readonly name: string; readonly values: number }[];
  /** Without a click head. */
  readonly parameters: number;
  /** Of the weights in the files. */
  readonly sizeBytes: number;
  readonly types: readonly string[];
  /** Tensors of a click head, which are left out. */
  readonly ignored: readonly string[];
  /** Of everything that training starts from. */
  readonly digest: string;
}

/**
 * Reads an exported behaviour model: pretrained, with a click head or trained on clicks.
 * @errors as importBehaviour
 */
export async function importBehaviourBase(
  files: readonly ByteSource[],
  options: Parameters<typeof importBehaviour>[1] = {},
): Promise<ImportedBehaviour> {
  const found = await importBehaviour(files, options);
  const { config, vocabulary, layout, parameters } = found;
  const { layers, width, heads } = config;
  const sizes = { layers, width, heads };
  const weights: string[] = [];
  for (const { name } of layout.entries) {
    const { buffer, byteOffset, byteLength } = tensorOf(layout, parameters, name);
    weights.push(await sha256Hex(new Uint8Array(buffer, byteOffset, byteLength)));
  }
  const digest = await hashJson({ sizes, vocabulary, weights });
  return {
    kind: 'behaviour',
    model: { kind: 'behaviour', digest, sizes, vocabulary },
    checkpoint: { config, vocabulary, parameters },
    summary: {
      kind: 'behaviour',
      sizes,
      items: config.items - 1,
      features: config.features.map(({ name, values }) => ({ name, values: values - 1 })),
      parameters: parameterCount(layout),
      sizeBytes: found.weights.sizeBytes,
      types: found.weights.types,
      ignored: found.ignored,
      digest,
    },
  };
}
