import { AppError, toAppError } from '../../core/errors.ts';
import type { AdapterProfile, Executor } from '../executor.ts';
import { chooseFlavour, type Flavour, type LoadKernels } from './flavour.ts';
import { MAXIMUM_HEAP_BYTES, WasmHeap } from './heap.ts';
import { KernelInstance } from './instance.ts';
import { ThreadTeam } from './thread-team.ts';
import type { KernelThread } from './thread.ts';
import { WasmExecutor } from './wasm-executor.ts';

export interface WasmExecutorOptions {
  /** Threads wanted, with the caller's own; more than one needs `createThread`. Default 1. */
  readonly threads?: number;
  /** Starts a worker whose body is `runThread`. */
  readonly createThread?: () => KernelThread;
  /** False = plain SIMD even where fused multiply-add is there. Default true. */
  readonly mayRelax?: boolean;
  /** Where the kernels come from; default: the bundle that holds this code. */
  readonly loadKernels?: LoadKernels;
}

/**
 * Opens the CPU executor: kernels in WebAssembly SIMD, buffers in its memory, twins in TypeScript
 * for what has no WebAssembly version. Threads need a cross-origin isolated page; where they do
 * not come up one thread computes, and the profile says so.
 * @errors wasm-unavailable when the engine has no WebAssembly SIMD
 */
export async function createWasmExecutor(options: WasmExecutorOptions = {}): Promise<Executor> {
  const { threads = 1, createThread } = options;
  const wantsThreads = threads > 1 && createThread !== undefined && canShareMemory();
  if (!wantsThreads) return open(1, null, options, '');
  try {
    return await open(threads, createThread, options, '');
  } catch (error) {
    return open(1, null, options, toAppError(error).message);
  }
}

async function open(
  threads: number,
  createThread: (() => KernelThread) | null,
  { mayRelax = true, loadKernels }: WasmExecutorOptions,
  note: string,
): Promise<WasmExecutor> {
  const wish = { isShared: createThread !== null, mayRelax };
  const flavour = await chooseFlavour(wish, loadKernels);
  if (flavour === null) {
    throw new AppError('wasm-unavailable', 'This browser has no WebAssembly SIMD.', {
      hint: 'Use a current Chrome, Edge, Safari or Firefox.',
    });
  }
  const module = await WebAssembly.compile(flavour.bytes);
  const pages = { initial: 1, maximum: MAXIMUM_HEAP_BYTES / 65536, shared: flavour.isShared };
  const heap = new WasmHeap(new WebAssembly.Memory(pages));
  const instance = new KernelInstance(module, heap.memory);
  const bytes = instance.scratchBytes;
  instance.setScratch(heap.allocate('scratch', bytes), bytes);
  const team =
    createThread === null
      ? null
      : await ThreadTeam.start(heap, module, bytes, threads, createThread);
  return new WasmExecutor(heap, instance, team, profileOf(flavour, threads, note));
}

/** Shared memory exists only on pages that no other site can look into. */
function canShareMemory(): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && globalThis.crossOriginIsolated !== false;
}

function profileOf({ isRelaxed }: Flavour, threads: number, note: string): AdapterProfile {
  const features = ['simd', ...(isRelaxed ? ['relaxed-simd'] : [])];
  const arithmetic = isRelaxed ? 'fused multiply-add' : 'no fused multiply-add';
  const count = threads === 1 ? '1 thread' : `${threads} threads`;
  return {
    kind: 'cpu',
    name: `CPU (WebAssembly SIMD, ${count})`,
    isSoftware: true,
    vendor: '',
    architecture: 'wasm',
    description: note === '' ? arithmetic : `${arithmetic}; ${note}`,
    features: threads === 1 ? features : [...features, 'threads'],
    limits: { maxBufferSize: MAXIMUM_HEAP_BYTES - 65536, threads },
  };
}
