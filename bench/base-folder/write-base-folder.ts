import {
  closeSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { toHfConfig } from '../../src/nn/transformer/hf-config.ts';
import { inventedTokenizer } from './invented-tokenizer.ts';
import { randomWeights } from './random-weights.ts';
import { baseShape, type Scale } from './shape.ts';

/**
 * Writes a folder of the shape of Qwen3-0.6B with random weights in bfloat16 and a tokenizer of its
 * size, all made here from a seed. It appears whole or not at all; only a piece of the weights is in
 * memory at a time.
 * @throws the file system's error, as where the folder exists already
 */
export function writeBaseFolder(
  folder: string,
  scale: Scale,
  seed: number,
  onBytes: (bytes: number) => void = () => undefined,
): void {
  const { config, tokens, addedTokens } = baseShape(scale);
  const files = inventedTokenizer(tokens, addedTokens, config.maxPositions, seed);
  const first = tokens - addedTokens;
  const eos = first + 2;
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  const json = (name: string, value: unknown): void => {
    writeFileSync(join(part, name), `${JSON.stringify(value, null, 1)}\n`);
  };
  const roles = { pad: first, bos: first, eos };
  json('config.json', { ...toHfConfig(config, roles), torch_dtype: 'bfloat16' });
  json('generation_config.json', {
    bos_token_id: first,
    eos_token_id: [eos, first],
    pad_token_id: first,
  });
  json('tokenizer.json', files.tokenizerJson);
  json('tokenizer_config.json', files.tokenizerConfigJson);
  const weights = openSync(join(part, 'model.safetensors'), 'w');
  try {
    for (const piece of randomWeights(config, seed)) {
      for (let at = 0; at < piece.length;) at += writeSync(weights, piece, at);
      onBytes(piece.length);
    }
  } finally {
    closeSync(weights);
  }
  renameSync(part, folder);
}
