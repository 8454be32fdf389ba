import { runInNewContext } from 'node:vm';
import { setFlagsFromString } from 'node:v8';
import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../../src/io/byte-source.ts';
import { importBase } from '../../../src/lab/checkpoints/imported-base.ts';
import { extendVocabulary } from '../../../src/nn/transformer/extend-vocabulary.ts';
import { DeviceWeights } from '../../../src/nn/graph/parameter-arena.ts';
import { parameterTable } from '../../../src/nn/transformer/layout.ts';
import { BufferScope } from '../../../src/compute/buffer-scope.ts';
import { CheckpointStore, type CheckpointInfo } from '../../../src/store/checkpoints.ts';
import { REAL_DISK, type Disk } from '../../../src/store/files/disk.ts';
import { openFileStore } from '../../../src/store/files/open-file-store.ts';
import { freshFolder } from '../../support/fresh-folder.ts';
import { openWasm } from '../../support/machine/wasm.ts';
import { filesOf, realBase } from '../../support/models/real-base.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes of array buffers that are in use, garbage apart. */
function heldBytes(): number {
  collect();
  return process.memoryUsage().arrayBuffers;
}

/** Most bytes held whenever a file is read or written, above those at the start. */
class Meter {
  private readonly start = heldBytes();
  private calls = 0;
  most = 0;

  readonly sample = (): void => {
    // Collecting takes longer than a read; every third call meets every stage of the work.
    if (this.calls++ % 3 === 0) this.most = Math.max(this.most, heldBytes() - this.start);
  };

  source(file: ByteSource): ByteSource {
    return {
      ...file,
      read: (start, end) => {
        this.sample();
        return file.read(start, end);
      },
    };
  }

  get disk(): Disk {
    return {
      ...REAL_DISK,
      readFile: (path) => {
        this.sample();
        return REAL_DISK.readFile(path);
      },
      writeFile: (path, content) => {
        this.sample();
        REAL_DISK.writeFile(path, content);
      },
    };
  }
}

/** A quarter of the real one in every size: 16.6 million values, 33 MB in its file, 66 as float32. */
const SCALE = 4;
const FLOATS = 4 * 16.6e6;
/**
 * Five chunks of 16 MiB: as read, as values, as values to be written, as bytes, and the bytes before.
 * With a copy of the whole as float32 it would be 110 MB and more.
 */
const BOUND = 5 * 16 * 2 ** 20;

describe('a base that is opened, stored, extended and loaded', () => {
  it('is never in memory as a whole', async () => {
    const files = await filesOf(realBase(SCALE));
    const meter = new Meter();
    const imported = await importBase(files.map((file) => meter.source(file)));
    const store = new CheckpointStore(openFileStore(freshFolder(), { disk: meter.disk }));
    const { config } = imported.model;
    const { layout } = parameterTable(config);
    expect(4 * layout.length).toBeGreaterThan(FLOATS);
    const info: CheckpointInfo = {
      ...{ name: 'base', config: {}, createdAt: '2024-01-02T03:04:05.000Z', meta: {} },
      layout,
    };
    const { sizeBytes } = await store.put('base', info, imported.parameters);
    expect(sizeBytes).toBeLessThan(0.75 * 4 * layout.length);

    const opened = await store.open('base');
    if (opened === null) throw new Error('not stored');
    const rows = { usedRows: config.vocabSize, vocabSize: config.vocabSize + 64 };
    const extended = await extendVocabulary(config, opened.arena, rows, 1);
    await store.put('extended', { ...info, layout: extended.layout }, extended.arena);
    const hostBytes = meter.most;

    const executor = await openWasm();
    const scope = new BufferScope(executor);
    const weights = new DeviceWeights(scope, parameterTable(extended.config));
    await weights.load(extended.arena);
    expect(executor.memory().peakBytes).toBe(4 * extended.layout.length);
    scope.destroy();
    executor.destroy();
    expect(hostBytes).toBeLessThan(BOUND);
    expect(hostBytes).toBeGreaterThan(16e6);
  });
});
