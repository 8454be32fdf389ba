import { AppError } from '../../core/errors.ts';

export type KernelFunction = (...parameters: readonly number[]) => void;

/** One thread's instance of the module: same code and memory, own scratch. */
export class KernelInstance {
  /** Kernels by their place in the sorted list of names: the same place in every thread. */
  readonly functions: readonly KernelFunction[];
  private readonly places: ReadonlyMap<string, number>;
  private readonly exports: WebAssembly.Exports;

  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory) {
    this.exports = new WebAssembly.Instance(module, { env: { memory } }).exports;
    const names = Object.keys(this.exports)
      .filter((name) => typeof this.exports[name] === 'function' && !SETUP.has(name))
      .sort();
    this.functions = names.map((name) => this.exports[name] as KernelFunction);
    this.places = new Map(names.map((name, index) => [name, index]));
  }

  /**
   * Place of a kernel's function, or -1: then its TypeScript twin runs.
   * @param count parameters that the kernel declares: bindings, uniforms and constants
   * @errors internal when the function takes others, as after a change on one side only
   */
  placeOf(kernel: string, count: number): number {
    const place = this.places.get(kernel) ?? -1;
    const taken = this.functions[place]?.length;
    if (taken === undefined || taken === count + SHARE_PARAMETERS) return place;
    throw new AppError(
      'internal',
      `Kernel "${kernel}" has ${count} parameters, its WebAssembly ${taken - SHARE_PARAMETERS}.`,
    );
  }

  get scratchBytes(): number {
    return this.setup('scratchBytes')();
  }

  setScratch(pointer: number, bytes: number): void {
    this.setup('setScratch')(pointer, bytes);
  }

  private setup(name: string): (...parameters: readonly number[]) => number {
    const found = this.exports[name];
    if (typeof found === 'function') return found as (...parameters: readonly number[]) => number;
    throw new AppError('internal', `The WebAssembly module lacks "${name}".`);
  }
}

/** `part` and `parts`. */
const SHARE_PARAMETERS = 2;

const SETUP = new Set(['scratchBytes', 'setScratch']);
