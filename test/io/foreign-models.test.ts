import { describe, expect, it } from 'vitest';
import { quantisationOf } from '../../src/io/import/quantisation.ts';
import { openCheckpoint } from '../../src/merge/stream/checkpoint.ts';
import { openBase } from '../../src/lab/checkpoints/opened-base.ts';
import { errorOf } from '../support/error-of.ts';
import { fieldModel } from '../support/models/field-model.ts';
import {
  baseFolder,
  jsonBytes,
  sourcesOf,
  TINY,
  type Folder,
} from '../support/models/tiny-checkpoint.ts';
import { toHfConfig } from '../../src/nn/transformer/hf-config.ts';

const bytesOf = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const POINTER = bytesOf(
  `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345\n`,
);
const openBoth = async (folder: Folder) => [
  await errorOf(openCheckpoint('m', sourcesOf(folder))),
  await errorOf(openBase(sourcesOf(folder))),
];

describe('files that are something else are called by what they are', () => {
  const cases: readonly [string, Uint8Array<ArrayBuffer>, RegExp][] = [
    ['a Git LFS pointer', POINTER, /Git LFS pointer.*git lfs pull/],
    ['a web page', bytesOf('<!DOCTYPE html>\n<html><body>Sign in</body></html>'), /web page/],
    ['a page without a type', bytesOf('<html lang="en"><body>404</body></html>'), /web page/],
    ['a PyTorch file', bytesOf(`PK\u0003\u0004${'\u0000'.repeat(60)}`), /PyTorch file/],
    ['GGUF', bytesOf(`GGUF\u0003${'\u0000'.repeat(60)}`), /GGUF/],
    ['gzip', bytesOf(`\u001f\u008b\u0008${'\u0000'.repeat(60)}`), /gzip/],
  ];

  it.each(cases)('%s as weights', async (_name, bytes, what) => {
    for (const error of await openBoth(baseFolder().set('model.safetensors', bytes))) {
      expect(error).toMatchObject({ code: 'data-invalid' });
      const { message, hint } = error as { message: string; hint: string };
      expect(`${message} ${hint}`).toMatch(what);
      expect(message).toMatch(/^model.safetensors is /);
    }
  });

  it.each(['config.json', 'tokenizer.json', 'model.safetensors.index.json'])(
    'a Git LFS pointer as %s',
    async (name) => {
      const folder = baseFolder().set(name, POINTER);
      if (name.endsWith('index.json')) folder.delete('model.safetensors');
      expect(await errorOf(openBase(sourcesOf(folder)))).toMatchObject({
        message: expect.stringMatching(new RegExp(`^${name} is a Git LFS pointer`)) as unknown,
      });
    },
  );

  it('a header may be as long as such letters spell', async () => {
    // 0x8b1f = 35615 bytes of header: the same first bytes as gzip has.
    const text = '{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'.padEnd(0x8b1f, ' ');
    const bytes = new Uint8Array(8 + text.length + 4);
    bytes.set([0x1f, 0x8b]);
    bytes.set(bytesOf(text), 8);
    const { tensors } = await openCheckpoint('m', sourcesOf(new Map([['x.safetensors', bytes]])));
    expect([...tensors.keys()]).toEqual(['x']);
  });
});

describe('folders without weights that can be read', () => {
  it.each([
    ['model-q4.gguf', /model-q4.gguf is packed for llama.cpp/],
    ['consolidated.safetensors', /rename it to model.safetensors/],
    ['pytorch_model.bin', /would run code/],
    ['notes.txt', /It has: .*notes.txt/],
  ])('say what %s is', async (name, what) => {
    const folder = baseFolder().set(name, new Uint8Array(4));
    folder.delete('model.safetensors');
    for (const error of await openBoth(folder)) {
      expect(error).toMatchObject({ code: 'checkpoint-missing' });
      expect((error as { hint: string }).hint).toMatch(what);
    }
  });
});

describe('adapters are no models', () => {
  const settings = { peft_type: 'LORA', r: 8, base_model_name_or_path: 'org/base' };
  const factors = fieldModel(1, 3, {
    tensors: { 'base_model.model.layers.0.q_proj.lora_A.weight': [2, 4] },
  });
  const weights = factors.get('model.safetensors') ?? new Uint8Array();

  it('as folders, with and without a config.json', async () => {
    const folder: Folder = new Map([
      ['adapter_config.json', jsonBytes(settings)],
      ['adapter_model.safetensors', weights],
    ]);
    expect(await errorOf(openCheckpoint('m', sourcesOf(folder)))).toMatchObject({
      code: 'checkpoint-missing',
      message: 'adapter_config.json is an adapter of "org/base" (LORA, rank 8), not a model.',
      hint: expect.stringMatching(/Merge it into its base model/) as unknown,
    });
    expect(await errorOf(openBase(sourcesOf(folder)))).toMatchObject({
      message: 'adapter_config.json is an adapter, not a model.',
    });
    folder.set('config.json', jsonBytes(toHfConfig(TINY)));
    for (const error of await openBoth(folder)) {
      expect(error).toMatchObject({ message: expect.stringMatching(/org\/base/) as unknown });
    }
  });

  it('by their tensors', async () => {
    const file = new Map([['style.safetensors', weights]]);
    expect(await errorOf(openCheckpoint('m', sourcesOf(file)))).toMatchObject({
      message: expect.stringMatching(
        /style.safetensors: tensor ".*lora_A.weight" is an adapter/,
      ) as unknown,
    });
    const folder = await openCheckpoint(
      'm',
      sourcesOf(fieldModel(1, 3).set('adapter_config.json', jsonBytes(settings))),
    );
    expect(folder.tensors.size).toBe(5);
  });
});

describe('quantised weights are refused by their scheme', () => {
  const settings: readonly [string, Record<string, unknown>, RegExp][] = [
    ['gptq', { quant_method: 'gptq', bits: 4 }, /\(gptq\)/],
    ['awq', { quant_method: 'awq' }, /\(awq\)/],
    ['bitsandbytes', { load_in_4bit: true }, /\(bitsandbytes\)/],
    ['fp8', { quant_method: 'fp8' }, /\(fp8\)/],
    ['mxfp4', { quant_method: 'mxfp4' }, /\(mxfp4\)/],
    ['compressed tensors', { quant_method: 'compressed-tensors' }, /\(compressed-tensors\)/],
    ['one without a name', { bits: 3 }, /\(3 bits\)/],
  ];
  it.each(settings)('%s, as config.json says', async (_name, quantisation, scheme) => {
    for (const config of [
      { quantization_config: quantisation },
      { text_config: { quantization_config: quantisation } },
    ]) {
      const model = fieldModel(1, 3, { config });
      expect(await errorOf(openCheckpoint('m', sourcesOf(model)))).toMatchObject({
        code: 'data-invalid',
        message: expect.stringMatching(scheme) as unknown,
      });
    }
    const base = baseFolder();
    base.set('config.json', jsonBytes({ ...toHfConfig(TINY), quantization_config: quantisation }));
    expect(await errorOf(openBase(sourcesOf(base)))).toMatchObject({
      faults: [{ message: expect.stringMatching(/^quantised weights/) as unknown }],
    });
  });

  const up = 'model.layers.0.mlp.up_proj';
  const packed: readonly [string, Record<string, string>, string | null][] = [
    [
      'GPTQ',
      {
        [`${up}.qweight`]: 'I32',
        [`${up}.qzeros`]: 'I32',
        [`${up}.scales`]: 'F16',
        [`${up}.g_idx`]: 'I32',
      },
      'gptq',
    ],
    [
      'AWQ',
      { [`${up}.qweight`]: 'I32', [`${up}.qzeros`]: 'I32', [`${up}.scales`]: 'F16' },
      'gptq or awq',
    ],
    [
      'bitsandbytes, 4 bits',
      { [`${up}.weight`]: 'U8', [`${up}.weight.absmax`]: 'F32', [`${up}.weight.quant_map`]: 'F32' },
      'bitsandbytes',
    ],
    ['bitsandbytes, 8 bits', { [`${up}.weight`]: 'I8', [`${up}.SCB`]: 'F32' }, 'bitsandbytes'],
    ['FP8', { [`${up}.weight`]: 'F8_E4M3', [`${up}.weight_scale_inv`]: 'F32' }, 'fp8'],
    [
      'FP8, fused',
      { 'experts.gate_up_proj': 'F8_E4M3', 'experts.gate_up_proj_scale': 'F32' },
      'fp8',
    ],
    [
      'packed',
      { [`${up}.weight_packed`]: 'I32', [`${up}.weight_scale`]: 'BF16' },
      'compressed-tensors',
    ],
    ['MXFP4', { 'experts.down_proj_blocks': 'U8', 'experts.down_proj_scales': 'U8' }, 'mxfp4'],
    ['HQQ', { [`${up}.W_q`]: 'U8', [`${up}.scale`]: 'F16' }, 'hqq'],
    ['EETQ', { [`${up}.weight`]: 'I8', [`${up}.weight_scales`]: 'F16' }, 'I8 with scales'],
    ['plain numbers', { [`${up}.weight`]: 'F32', 'model.logit_scale': 'F32' }, null],
    ['position ids', { 'model.position_ids': 'I64', 'model.scale': 'F32' }, null],
    ['a causal mask', { 'h.0.attn.bias': 'U8', 'h.0.attn.weight': 'F32' }, null],
  ];
  it.each(packed)('%s, as the tensors say', (_name, types, scheme) => {
    const tensors = Object.entries(types).map(
      ([name, dtype]) => [name, { dtype, shape: [4, 4] }] as const,
    );
    expect(quantisationOf(null, new Map(tensors))).toBe(scheme);
  });
});
