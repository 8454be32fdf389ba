import { hashJson, sha256Hex } from '../../core/hash.ts';
import type { ByteSource } from '../../io/byte-source.ts';
import { compactIdTable } from '../../nn/compact-id-model/compact-id-layout.ts';
import { parameterCount, tensorOf } from '../../nn/graph/parameter-table.ts';
import { importCompact } from '../../rec/checkpoints/import-compact.ts';
import type { ImportedCompactModel } from '../experiment/experiment-types.ts';

/** A compact model of semantic ids from files: what compact cells start from. */
export interface ImportedCompactBase {
  readonly kind: 'compact';
  readonly model: ImportedCompactModel;
  readonly parameters: Float32Array<ArrayBuffer>;
  readonly summary: CompactSummary;
}

/** What was read of it, for people. */
export interface CompactSummary {
  readonly kind: 'compact';
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly levels: number;
  readonly codesPerLevel: number;
  /** Rows for prefixes; 0 where it has none. */
  readonly prefixes: number;
  /** Domains whose ids the folder has, and their items. */
  readonly domains: readonly { readonly name: string; readonly items: number }[];
  readonly parameters: number;
  /** Of the weights in the files. */
  readonly sizeBytes: number;
  readonly types: readonly string[];
  /** Of everything that training starts from. */
  readonly digest: string;
}

/** Reads an exported compact model. @errors as importCompact */
export async function importCompactBase(
  files: readonly ByteSource[],
  options: Parameters<typeof importCompact>[1] = {},
): Promise<ImportedCompactBase> {
  const { config, parameters, ids, weights } = await importCompact(files, options);
  const { layout } = compactIdTable(config);
  const hashes: string[] = [];
  for (const { name } of layout.entries) {
    const { buffer, byteOffset, byteLength } = tensorOf(layout, parameters, name);
    hashes.push(await sha256Hex(new Uint8Array(buffer, byteOffset, byteLength)));
  }
  const named = [...ids].map(([domain, items]) => [domain, [...items]]);
  const digest = await hashJson({ config, ids: named, weights: hashes });
  const { layers, width, heads, levels, codesPerLevel, nodes, prefixVectors } = config;
  return {
    kind: 'compact',
    model: { kind: 'compact', digest, config, ids },
    parameters,
    summary: {
      ...{ kind: 'compact', layers, width, heads, levels, codesPerLevel },
      prefixes: prefixVectors ? nodes : 0,
      domains: Array.from(ids, ([name, items]) => ({ name, items: items.size })),
      parameters: parameterCount(layout),
      ...{ sizeBytes: weights.sizeBytes, types: weights.types, digest },
    },
  };
}
