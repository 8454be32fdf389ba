import type { ModelConfig } from '../../../src/nn/transformer/config.ts';
import { toHfConfig } from '../../../src/nn/transformer/hf-config.ts';
import { initialParameters } from '../../../src/nn/transformer/init.ts';
import { tensorOf } from '../../../src/nn/graph/parameter-table.ts';
import { parameterLayout } from '../../../src/nn/transformer/layout.ts';
import { encodeFloats } from '../../../src/io/safetensors-encode.ts';
import { jsonBytes, safetensorsBytes, TINY, wordTokenizer } from './tiny-checkpoint.ts';
import type { FloatType, Folder } from './tiny-checkpoint.ts';

type JsonObject = Readonly<Record<string, unknown>>;

export interface WholeModelChanges {
  readonly dtype?: FloatType;
  readonly config?: JsonObject;
  /** Words after `</s>` and `[unk]`; as many as there are rows where not given. */
  readonly words?: readonly string[];
  readonly tokenizer?: JsonObject;
  readonly files?: Readonly<Record<string, unknown>>;
}

/** A seeded model that runs: all tensors, config.json, tokenizer and settings for generation. */
export function wholeModel(
  seed: number,
  sizes: Partial<ModelConfig> = {},
  changes: WholeModelChanges = {},
): Folder {
  const model = { ...TINY, ...sizes };
  const { dtype = 'F32', config = {}, files = {} } = changes;
  const words =
    changes.words ?? Array.from({ length: model.vocabSize - 2 }, (_, id) => `word${String(id)}`);
  const layout = parameterLayout(model);
  const arena = initialParameters(model, seed);
  const tensors = layout.entries.map(({ name, shape }) => {
    const values = tensorOf(layout, arena, name).slice();
    return [name, { shape, dtype, bytes: encodeFloats(values, dtype) }] as const;
  });
  return new Map([
    ['model.safetensors', safetensorsBytes(new Map(tensors))],
    ['config.json', jsonBytes({ ...toHfConfig(model, { pad: 0, bos: 2, eos: 0 }), ...config })],
    ['generation_config.json', jsonBytes({ eos_token_id: [0], bos_token_id: 2 })],
    ['tokenizer.json', jsonBytes(changes.tokenizer ?? wordTokenizer(words))],
    ['tokenizer_config.json', jsonBytes({ eos_token: '</s>', pad_token: '</s>' })],
    ...Object.entries(files).map(([name, value]) => [name, jsonBytes(value)] as const),
  ]);
}
