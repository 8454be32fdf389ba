import { chooseFlavour, type LoadKernels } from '../../compute/wasm/flavour.ts';
import type { ByteSource } from '../../io/byte-source.ts';
import type { OutputFile, OutputFolder } from '../../io/output-folder.ts';
import { AppError } from '../../core/errors.ts';
import { RangeMachine } from './range-machine.ts';
import type { RangeFile, RangeHost, RangeLane, RangeSession } from './range-session.ts';
import { widthOf, type CopyTask, type RangeDone, type RangeTask } from './range-task.ts';
import type { RowGather } from './row-gather.ts';

/** While one lane computes and writes, the other reads. */
const LANES = 2;

/** Between two rows that are gathered: asking costs a page more than so many bytes. */
const GAP_BYTES = 65536;

export interface LocalRangesOptions {
  /** Where the kernels come from; default: the bundle that holds this code. */
  readonly loadKernels?: LoadKernels;
  /** False = plain SIMD even where fused multiply-add is there. Default true. */
  readonly mayRelax?: boolean;
}

/**
 * Ranges on this thread, from sources and into files of any kind: what the page has. Files are
 * written from beginning to end: a lane waits until it is its turn.
 */
export function localRanges(options: LocalRangesOptions = {}): RangeHost {
  return {
    open: async (sources, output) => {
      const module = await rangeModule(options);
      return module === null ? null : new LocalSession(module, sources, output);
    },
  };
}

/** The kernels, compiled; null where the engine has no WebAssembly SIMD. */
export async function rangeModule({
  loadKernels,
  mayRelax = true,
}: LocalRangesOptions): Promise<WebAssembly.Module | null> {
  const flavour = await chooseFlavour({ isShared: false, mayRelax }, loadKernels);
  return flavour === null ? null : WebAssembly.compile(flavour.bytes);
}

class LocalSession implements RangeSession {
  readonly isPlaced = false;
  readonly lanes: readonly RangeLane[];
  private readonly machine: RangeMachine;
  private readonly sources: readonly ByteSource[];
  private readonly output: OutputFolder;
  private readonly files: FileInOrder[] = [];
  private isStopped = false;

  constructor(module: WebAssembly.Module, sources: readonly ByteSource[], output: OutputFolder) {
    this.machine = new RangeMachine(module);
    this.sources = sources;
    this.output = output;
    this.lanes = Array.from({ length: LANES }, (_, slot) => ({
      slot,
      run: (task: RangeTask | CopyTask) => this.run(task),
    }));
  }

  get memoryBytes(): number {
    return this.machine.memoryBytes;
  }

  input(source: ByteSource): number {
    const at = this.sources.indexOf(source);
    if (at < 0) throw new AppError('internal', `${source.path} was not announced.`);
    return at;
  }

  async create(path: string): Promise<RangeFile> {
    const file = new FileInOrder(this.files.length, await this.output.create(path));
    this.files.push(file);
    if (this.isStopped) file.stop();
    return file;
  }

  stopWriting(): void {
    this.isStopped = true;
    for (const file of this.files) file.stop();
  }

  async close(): Promise<void> {
    this.stopWriting();
  }

  private async run(task: RangeTask | CopyTask): Promise<RangeDone> {
    if (task.kind === 'copy') {
      const bytes = await this.read(task.input.file, task.input.position, task.bytes);
      await this.write(task.output, bytes);
      const none = { nonFinite: [], outside: { before: 0, after: 0 }, sums: {} };
      return { ...none, bytesRead: bytes.length, bytesWritten: bytes.length };
    }
    const pass = this.machine.begin(task, Infinity);
    // One, but for samples, which write nothing.
    const last = pass.tiles.at(-1);
    if (last === undefined) throw new AppError('internal', 'A range has no elements.');
    let bytesRead = 0;
    for (const tile of pass.tiles) {
      for (const k of pass.reads) {
        const input = task.inputs[k];
        const gather = pass.gather(k, tile);
        if (gather !== null) bytesRead += await this.gather(gather);
        if (input === undefined || 'gathered' in input) continue;
        const position = input.position + tile.start * widthOf(input.dtype);
        const found = await this.read(input.file, position, pass.input(k, tile).length);
        // The memory may have grown in the meantime: a view from before would be gone.
        pass.input(k, tile).set(found);
        bytesRead += found.length;
      }
      pass.compute(tile);
    }
    const result = pass.result();
    if (task.output === null) return { ...result, bytesRead, bytesWritten: 0 };
    const bytes = pass.output(last).slice();
    await this.write(task.output, bytes);
    return { ...result, bytesRead, bytesWritten: bytes.length };
  }

  private async gather(gather: RowGather): Promise<number> {
    let bytesRead = 0;
    for (const batch of gather.batches(GAP_BYTES)) {
      const found = await Promise.all(
        batch.reads.map(({ file, position, bytes }) => this.read(file, position, bytes)),
      );
      batch.reads.forEach((read, k) => {
        const bytes = found[k];
        if (bytes !== undefined) gather.view(batch, read).set(bytes);
      });
      gather.place(batch);
      bytesRead += batch.bytes;
    }
    return bytesRead;
  }

  private read(file: number, position: number, bytes: number) {
    const source = this.sources[file];
    if (source === undefined) throw new AppError('internal', 'A range reads no file.');
    return source.read(position, position + bytes);
  }

  private async write(
    { file, position }: { readonly file: number; readonly position: number },
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<void> {
    await this.files[file]?.write(position, bytes);
  }
}

/** A file whose pieces wait for each other. */
class FileInOrder implements RangeFile {
  readonly number: number;
  private readonly file: OutputFile;
  private readonly waiting = new Map<number, () => void>();
  private at = 0;
  private isStopped = false;

  constructor(number: number, file: OutputFile) {
    this.number = number;
    this.file = file;
  }

  async write(position: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (bytes.length === 0) return;
    if (position !== this.at && !this.isStopped) {
      await new Promise<void>((resolve) => {
        this.waiting.set(position, resolve);
      });
    }
    if (this.isStopped) return;
    await this.file.write(bytes);
    this.at += bytes.length;
    this.waiting.get(this.at)?.();
    this.waiting.delete(this.at);
  }

  stop(): void {
    this.isStopped = true;
    for (const resume of this.waiting.values()) resume();
    this.waiting.clear();
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}
