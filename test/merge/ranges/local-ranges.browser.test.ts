import { beforeAll, expect, it } from 'vitest';
import type { Executor } from '../../../src/compute/executor.ts';
import { createWasmExecutor } from '../../../src/compute/wasm/create-wasm-executor.ts';
import { blobSource } from '../../../src/io/byte-source.ts';
import { localRanges } from '../../../src/merge/ranges/local-ranges.ts';
import { prepareRecipe, runRecipe } from '../../../src/merge/stream/run-recipe.ts';
import { directoryOutput } from '../../../workers/merge-files/directory-output.ts';
import { merged, type Models } from '../stream/checkpoints.ts';
import { modelFiles } from '../stream/model-files.ts';

const shapes = { 'model.embed_tokens.weight': [300, 1001], 'model.norm.weight': [4099] };
const config = { vocab_size: 300 };
const MODELS: Models = {
  base: modelFiles(1, { shapes, config }),
  a: modelFiles(2, { shapes, config, dtype: 'BF16' }),
  b: modelFiles(3, { shapes, config, dtype: 'F16' }),
};
const RECIPE = `
merge_method: task_arithmetic
base_model: base
models: [{ model: a }, { model: b }]
parameters: { weight: 0.4 }
out_dtype: bfloat16`;

let executor: Executor;
beforeAll(async () => {
  executor = await createWasmExecutor({ threads: 1 });
});

it('merges chosen files into a folder of the browser, byte for byte as the executor', async () => {
  const root = await navigator.storage.getDirectory();
  await root.removeEntry('ranges-test', { recursive: true }).catch(() => undefined);
  const folder = await root.getDirectoryHandle('ranges-test', { create: true });
  const prepared = await prepareRecipe(RECIPE, async (reference) =>
    [...(MODELS[reference] ?? [])].map(([name, bytes]) =>
      blobSource(`${reference}/${name}`, new Blob([bytes])),
    ),
  );
  const closed: Executor = {
    ...executor,
    profile: executor.profile,
    memory: () => executor.memory(),
    prepare: () => Promise.reject(new Error('The executor was used.')),
  };
  await runRecipe(prepared, {
    executor: closed,
    ranges: localRanges(),
    cut: { elements: 65536, bytes: 2 ** 30, heldBytes: 0 },
    output: await directoryOutput(folder, true),
    stepOutput: () => directoryOutput(folder, false),
  });
  const expected = await merged(RECIPE, MODELS, { executor });
  const file = await (await folder.getFileHandle('model.safetensors')).getFile();
  const found = new Uint8Array(await file.arrayBuffer());
  const wanted = expected.output.files.get('model.safetensors') ?? new Uint8Array();
  expect(found.length).toBe(wanted.length);
  expect(found.findIndex((byte, i) => byte !== wanted[i])).toBe(-1);
  await root.removeEntry('ranges-test', { recursive: true });
});
