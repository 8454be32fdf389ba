import { decodeFloats, type ReadableType } from '../../../src/io/safetensors-decode.ts';
import { encodeFloats } from '../../../src/io/safetensors-encode.ts';
import { composeLayers, usedWeights } from '../../../src/merge/gram/ada-merging.ts';
import {
  alignEmbeddings,
  type TokenRule,
  type TokenSource,
  type Vocabulary,
} from '../../../src/merge/align-vocabulary.ts';
import { entropyLoss } from '../suites/entropy.ts';
import { mergeArenas } from '../../../src/merge/arenas/merge-arenas.ts';
import type { MergeStatistics } from '../../../src/merge/method.ts';
import {
  arenaOf,
  operandsOf,
  parametersOf,
  tensorOf,
  tensorsOf,
  type GoldenCase,
  type GoldenFile,
  type GoldenRunner,
} from './golden-cases.ts';
import { inContext } from '../suites/merge-context.ts';

/** Cases that need more than a merge with their parameters. */
export const SPHERICAL_RUNNERS: Readonly<Record<string, GoldenRunner>> = {
  fisher: (executor, file, golden) => {
    const given = golden.extra?.['fisher'] as readonly Readonly<Record<string, string>>[];
    const fisher = given.map((model) => arenaOf(file, model).values);
    return mergeWith(executor, file, golden, { fisher });
  },
  regmean: (executor, file, golden) => {
    const ids = golden.extra?.['gram'] as readonly string[];
    const gram = { weight: ids.map((id) => Float32Array.from(tensorOf(file, id).data)) };
    return mergeWith(executor, file, golden, { gram });
  },
  adamerging_compose: async (executor, file, golden) => {
    const { layout, models, base } = operandsOf(file, golden);
    const params = golden.params as {
      layer_weights: number[][];
      param_order: string[];
      clamp: boolean;
      softmax_over_models: boolean;
    };
    const rule = { clamp: params.clamp, softmax: params.softmax_over_models };
    const weights = usedWeights(params.layer_weights, rule);
    const merged = await inContext(executor, { layout, models, base }, (context) =>
      composeLayers(context, weights, (tensor) => params.param_order.indexOf(tensor)),
    );
    return tensorsOf(layout, merged);
  },
  entropy_loss: (_, file, golden) => {
    const { data, shape } = tensorOf(file, golden.models[0]?.['logits'] ?? '');
    const loss = entropyLoss(data, shape.at(-1) ?? 1, golden.params['eps'] as number);
    return Promise.resolve({ loss: [loss] });
  },
  embed_align: (_, file, golden) => Promise.resolve(alignGolden(file, golden)),
  cast_bfloat16: castRunner('BF16'),
  cast_float16: castRunner('F16'),
};

async function mergeWith(
  executor: Parameters<GoldenRunner>[0],
  file: GoldenFile,
  golden: GoldenCase,
  statistics: MergeStatistics,
) {
  const { layout, models, base } = operandsOf(file, golden);
  const { method } = golden;
  const request = { method, parameters: parametersOf(golden), base, models, statistics };
  return tensorsOf(layout, await mergeArenas(executor, layout, request));
}

function castRunner(dtype: ReadableType): GoldenRunner {
  return (_, file, golden) => {
    const values = Float32Array.from(tensorOf(file, golden.models[0]?.['w'] ?? '').data);
    const bytes = encodeFloats(values, dtype);
    return Promise.resolve({ w: decodeFloats(bytes, dtype, values.length) });
  };
}

/** How mergekit writes a source: a model's name, or a record with its kind. */
type WrittenSource =
  | string
  | { kind: 'zero' }
  | { kind: 'model_token'; model: string; token_id?: number | null; token?: string | null };

interface WrittenAlignment {
  readonly vocab_out: Record<string, number>;
  readonly vocabs: Record<string, Record<string, number>>;
  readonly base_model: string | null;
  readonly tokens: Record<string, { source: WrittenSource; force?: boolean }> | null;
  readonly pad_to_multiple_of: number | null;
}

function alignGolden(file: GoldenFile, golden: GoldenCase) {
  const params = golden.params as unknown as WrittenAlignment;
  const vocabulary = (written: Record<string, number>): Vocabulary =>
    new Map(Object.entries(written));
  const tokens = Object.entries(params.tokens ?? {}).map(
    ([token, { source, force }]): [string, TokenRule] => [
      token,
      { source: readSource(source), ...(force !== undefined && { force }) },
    ],
  );
  const embeddings = golden.models.flatMap((model) =>
    Object.entries(model).map(([name, id]) => {
      const { data, shape } = tensorOf(file, id);
      return [name, { values: Float32Array.from(data), width: shape[1] ?? 1 }] as const;
    }),
  );
  const aligned = alignEmbeddings(
    {
      output: vocabulary(params.vocab_out),
      vocabularies: new Map(
        Object.entries(params.vocabs).map(([model, written]) => [model, vocabulary(written)]),
      ),
      base: params.base_model,
      tokens: new Map(tokens),
      padToMultipleOf: params.pad_to_multiple_of,
    },
    new Map(embeddings),
  );
  return Object.fromEntries(aligned);
}

function readSource(source: WrittenSource): TokenSource {
  if (typeof source === 'string') return { kind: 'model', model: source };
  if (source.kind === 'zero') return source;
  const { kind, model, token_id: row, token } = source;
  if (typeof row === 'number') return { kind, model, row };
  return { kind, model, token: token ?? '' };
}
