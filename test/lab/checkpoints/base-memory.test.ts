import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ByteSource } from '../../../src/io/byte-source.ts';
import { importBase } from '../../../src/lab/checkpoints/imported-base.ts';
import { extendVocabulary } from '../../../src/nn/transformer/extend-vocabulary.ts';
import { DeviceWeights } from '../../../src/nn/graph/parameter-arena.ts';
import { parameterTable } from '../../../src/nn/transformer/layout.ts';
import { BufferScope } from '../../../src/compute/buffer-scope.ts';
import { CHUNK_LENGTH, type CheckpointInfo } from '../../../src/store/checkpoint-manifest.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { openFileStore } from '../../../src/store/files/open-file-store.ts';
import { freshFolder } from '../../support/fresh-folder.ts';
import { openWasm } from '../../support/machine/wasm.ts';
import { filesOf, realBase } from '../../support/models/real-base.ts';

/** Bytes of the largest array that is made of these types, whoever makes it. */
function meterArrays(): () => number {
  let most = 0;
  for (const name of ['Float32Array', 'Uint16Array', 'Uint8Array', 'Uint32Array'] as const) {
    const real = globalThis[name];
    const metered = new Proxy(real, {
      // Not for a subclass: with another prototype the engine would treat the arrays as strange ones.
      construct: (target, args) => {
        const array = Reflect.construct(target, args) as ArrayBufferView;
        // Views of memory that is there already are no allocation.
        if (!(args[0] instanceof ArrayBuffer || args[0] instanceof SharedArrayBuffer)) {
          most = Math.max(most, array.byteLength);
        }
        return array;
      },
    });
    vi.stubGlobal(name, metered);
  }
  return () => most;
}

afterEach(() => {
  vi.unstubAllGlobals();
});

/** A quarter of the real one in every size: 16.6 million values, 33 MB in its file, 66 as float32. */
const SCALE = 4;
const CHUNK_BYTES = 4 * CHUNK_LENGTH;

describe('a base that is opened, stored, extended and loaded', () => {
  it('is in memory on the device alone: the host never holds more than a chunk at once', async () => {
    const folder = realBase(SCALE);
    const executor = await openWasm();
    const largest = meterArrays();
    let asked = 0;
    const metered = (file: ByteSource): ByteSource => ({
      ...file,
      read: (start, end) => {
        if (file.path.endsWith('.safetensors')) asked = Math.max(asked, end - start);
        return file.read(start, end);
      },
    });
    const imported = await importBase((await filesOf(folder)).map(metered));
    const store = new CheckpointStore(openFileStore(freshFolder()));
    const { config } = imported.model;
    const { layout } = parameterTable(config);
    expect(layout.length).toBeGreaterThan(16e6);
    const info: CheckpointInfo = {
      ...{ name: 'base', config: {}, createdAt: '2024-01-02T03:04:05.000Z', meta: {} },
      layout,
    };
    const { sizeBytes, chunks } = await store.put('base', info, imported.parameters);
    // Only the chunk with the added rows, which are means with noise, takes four bytes a value.
    expect(chunks.filter(({ type }) => type === 'BF16')).toHaveLength(chunks.length - 1);
    expect(sizeBytes).toBe(2 * layout.length + 2 * CHUNK_LENGTH);

    const opened = await store.open('base');
    if (opened === null) throw new Error('not stored');
    const rows = { usedRows: config.vocabSize, vocabSize: config.vocabSize + 64 };
    const extended = await extendVocabulary(config, opened.arena, rows, 1);
    await store.put('extended', { ...info, layout: extended.layout }, extended.arena);

    const scope = new BufferScope(executor);
    const weights = new DeviceWeights(scope, parameterTable(extended.config));
    await weights.load(extended.arena);
    expect(executor.memory().peakBytes).toBe(4 * extended.layout.length);
    scope.destroy();
    executor.destroy();

    expect(largest()).toBe(CHUNK_BYTES);
    expect(asked).toBeLessThanOrEqual(4 * 2 ** 20);
    expect(layout.length * 4).toBeGreaterThan(3 * CHUNK_BYTES);
  }, 240_000);
});
