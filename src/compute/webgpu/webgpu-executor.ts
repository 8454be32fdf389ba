import { AppError, toAppError } from '../../core/errors.ts';
import { ByteAccount, checkRange, checkUpdate, toView, workOf } from '../buffers.ts';
import type {
  AdapterProfile,
  BufferView,
  DeviceBuffer,
  DispatchTimes,
  Executor,
  HostArray,
  MemoryReport,
  Program,
  Step,
} from '../executor.ts';
import type { ElementType } from '../kernel.ts';
import { checkAllocation, checkStepLimits } from '../limits.ts';
import { BufferPool, GpuBuffer } from './buffer-pool.ts';
import { openDevice, type OpenDevice } from './device.ts';
import { timeByTimestamps, timeByWallClock } from './dispatch-timer.ts';
import { encodeDispatch, type GpuDispatch } from './gpu-dispatch.ts';
import { cutDispatch } from './dispatch-parts.ts';
import {
  buildDispatches,
  uniformBlock,
  uniformBytes,
  type ChosenStep,
} from './build-dispatches.ts';
import { SubmitPacer } from './submit-pacer.ts';
import { PipelineCache } from './pipelines.ts';
import { calibrate, measuredSpeed, type Calibration, type CalibrationParts } from './calibrate.ts';
import { chooseVariant, type VariantOptions } from './variants.ts';

let generations = 0;

interface GpuProgram extends Program {
  readonly generation: number;
  readonly compiled: readonly GpuDispatch[];
  readonly pacer: SubmitPacer;
  readonly chosen: readonly ChosenStep[];
  readonly uniforms: GPUBuffer | null;
  steps: readonly Step[];
}

export interface WebGpuOptions extends VariantOptions {
  /**
   * Longest submit in milliseconds; longer programs are cut between dispatches. Default: 100 on
   * hardware; none on software adapters, which share the processor with everything else anyway.
   */
  readonly submitMs?: number;
  /**
   * Operations above which one dispatch goes out as several, where its kernel allows it. Default:
   * what the calibrated speed does in half a submit, 2^35 where nothing was measured; no limit on
   * software adapters.
   */
  readonly dispatchFlops?: number;
  /** Measures variants once per adapter. Left out on software adapters, which one shader suits. */
  readonly calibration?: CalibrationParts;
}

const SUBMIT_MS = 100;
/** 100 ms at 0.34 TFLOP/s: a slow integrated GPU. */
const DISPATCH_FLOPS = 2 ** 35;

/** Opens the GPU. @errors webgpu-unavailable, adapter-unavailable, invalid-argument */
export async function createWebGpuExecutor(options: WebGpuOptions = {}): Promise<Executor> {
  const opened = await openDevice();
  const executor = new WebGpuExecutor(opened, options);
  if (options.precision === 'f16' && !opened.profile.features.includes('shader-f16')) {
    executor.destroy();
    throw new AppError('invalid-argument', 'This adapter has no float16 (shader-f16).', {
      hint: 'Leave the precision at f32.',
    });
  }
  const { calibration, variants } = options;
  if (calibration !== undefined && variants === undefined && !executor.profile.isSoftware) {
    try {
      const found = await calibrate(executor, calibration);
      const flopsPerMs = measuredSpeed(found, calibration.cases);
      executor.adopt(found, (flopsPerMs * (options.submitMs ?? SUBMIT_MS)) / 2);
    } catch (error) {
      executor.destroy();
      throw error;
    }
  }
  return executor;
}

export class WebGpuExecutor implements Executor {
  profile: AdapterProfile;
  readonly device: GPUDevice;
  readonly generation = ++generations;
  private readonly account = new ByteAccount();
  private readonly pipelines: PipelineCache;
  private readonly pool: BufferPool;
  private variantOptions: WebGpuOptions;
  private readonly variants: string[] = [];
  private readonly submitMs: number;
  private dispatchFlops: number;
  /** When the last timed run ended: a run that waited for it began no earlier. */
  private lastEndMs = 0;
  private failure: AppError | null = null;
  private isDestroyed = false;

  constructor({ device, profile }: OpenDevice, options: WebGpuOptions = {}) {
    this.device = device;
    this.profile = { ...profile, variants: this.variants };
    this.variantOptions = options;
    this.submitMs = options.submitMs ?? (profile.isSoftware ? Infinity : SUBMIT_MS);
    this.dispatchFlops = options.dispatchFlops ?? (profile.isSoftware ? Infinity : DISPATCH_FLOPS);
    this.pipelines = new PipelineCache(device);
    this.pool = new BufferPool(device, this.generation);
    void device.lost.then((info) => {
      this.failure = new AppError('device-lost', `The GPU was lost (${info.reason}).`, {
        hint: 'Finished cells are saved. Start the run again to continue from them.',
        details: { reason: info.reason, message: info.message },
      });
    });
    device.addEventListener('uncapturederror', (event) => {
      this.failure ??= gpuError(event.error);
    });
  }

  /**
   * From now on programs use what a calibration found; it goes on record with the profile.
   * @param dispatchFlops see `WebGpuOptions`; 0 when nothing was measured
   */
  adopt({ chosen, timings }: Calibration, dispatchFlops: number): void {
    const given = this.variantOptions.dispatchFlops;
    if (given === undefined && dispatchFlops > 0) this.dispatchFlops = dispatchFlops;
    this.variantOptions = { ...this.variantOptions, calibrated: chosen };
    this.variants.length = 0;
    this.profile = { ...this.profile, calibration: timings };
  }

  allocate(label: string, type: ElementType, length: number): DeviceBuffer {
    this.check();
    checkAllocation(label, length, this.profile);
    const buffer = this.pool.take(label, type, length);
    this.account.add(length * 4);
    return buffer;
  }

  free(buffer: DeviceBuffer): void {
    const own = this.own(buffer);
    own.isFreed = true;
    this.pool.give(own);
    this.account.remove(own.length * 4);
  }

  write(buffer: DeviceBuffer, data: HostArray, offset = 0): void {
    this.check();
    checkRange({ buffer, offset, length: data.length });
    this.device.queue.writeBuffer(
      this.own(buffer).gpu,
      offset * 4,
      data.buffer,
      data.byteOffset,
      data.byteLength,
    );
  }

  clear(buffer: DeviceBuffer): void {
    this.check();
    const encoder = this.device.createCommandEncoder();
    encoder.clearBuffer(this.own(buffer).gpu);
    this.device.queue.submit([encoder.finish()]);
  }

  copy(source: BufferView, target: BufferView): void {
    this.check();
    checkRange(source);
    checkRange({ ...target, length: source.length });
    const encoder = this.device.createCommandEncoder();
    encoder.copyBufferToBuffer(
      this.own(source.buffer).gpu,
      source.offset * 4,
      this.own(target.buffer).gpu,
      target.offset * 4,
      source.length * 4,
    );
    this.device.queue.submit([encoder.finish()]);
  }

  async read(target: BufferView | DeviceBuffer): Promise<HostArray> {
    this.check();
    const view = checkRange(toView(target));
    const source = this.own(view.buffer).gpu;
    const bytes = view.length * 4;
    const staging = this.device.createBuffer({
      label: `read ${view.buffer.label}`,
      size: bytes,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    try {
      const encoder = this.device.createCommandEncoder();
      encoder.copyBufferToBuffer(source, view.offset * 4, staging, 0, bytes);
      this.device.queue.submit([encoder.finish()]);
      await staging.mapAsync(GPUMapMode.READ);
      this.check();
      return hostArray(view.buffer.type, staging.getMappedRange().slice(0));
    } catch (cause) {
      if (this.failure !== null) throw this.failure;
      throw new AppError('readback-failed', `Could not read "${view.buffer.label}" from the GPU.`, {
        hint: 'Nothing was taken from it. Start the run again; finished cells are saved.',
        cause,
      });
    } finally {
      staging.destroy();
    }
  }

  async readFloats(target: BufferView | DeviceBuffer): Promise<Float32Array<ArrayBuffer>> {
    const data = await this.read(target);
    if (data instanceof Float32Array) return data as Float32Array<ArrayBuffer>;
    throw new AppError('invalid-argument', `Buffer "${toView(target).buffer.label}" is not f32.`);
  }

  async prepare(label: string, steps: readonly Step[]): Promise<Program> {
    this.check();
    const chosen = steps.map((step) => this.choose(step));
    // All limits before the first pipeline: what is refused has cost nothing.
    for (const step of chosen) checkStepLimits(step, this.profile.limits);
    this.device.pushErrorScope('out-of-memory');
    this.device.pushErrorScope('validation');
    const { device, pipelines } = this;
    const uniforms = uniformBlock(device, label, chosen);
    const gpuOf = (buffer: DeviceBuffer) => this.own(buffer).gpu;
    const scoped = buildDispatches({ device, pipelines, uniforms, gpuOf }, chosen).then(
      (built) => ({ built }),
      (error: unknown) => ({ error: toAppError(error) }),
    );
    const validation = this.device.popErrorScope();
    const memory = this.device.popErrorScope();
    const result = await scoped;
    const problem = (await validation) ?? (await memory);
    if ('error' in result || problem !== null) {
      uniforms?.destroy();
      throw 'error' in result ? result.error : gpuError(problem as GPUError);
    }
    const program: GpuProgram = {
      label,
      generation: this.generation,
      dispatches: result.built.length,
      steps,
      chosen,
      uniforms,
      compiled: result.built,
      pacer: new SubmitPacer(
        result.built.map(({ cost }) => cost),
        this.submitMs,
      ),
      destroy: () => uniforms?.destroy(),
    };
    return program;
  }

  update(program: Program, steps: readonly Step[]): void {
    const own = this.ownProgram(program);
    checkUpdate(own.label, own.steps, steps);
    own.steps = steps;
    if (own.uniforms === null) return;
    const chosen = own.chosen.map((step, i) => ({ ...step, uniforms: steps[i]?.uniforms ?? {} }));
    this.device.queue.writeBuffer(own.uniforms, 0, uniformBytes(chosen));
  }

  run(program: Program): void {
    const { compiled, label, pacer } = this.ownProgram(program);
    const { submits } = pacer;
    submits.forEach((first, index) => {
      const encoder = this.device.createCommandEncoder({ label });
      const pass = encoder.beginComputePass({ label });
      for (const dispatch of compiled.slice(first, submits[index + 1])) {
        encodeDispatch(pass, dispatch);
      }
      pass.end();
      this.device.queue.submit([encoder.finish()]);
    });
    if (pacer.wantsTimes) this.timeRun(pacer);
  }

  private timeRun(pacer: SubmitPacer): void {
    const submitted = performance.now();
    void this.device.queue.onSubmittedWorkDone().then(() => {
      const end = performance.now();
      pacer.add(end - Math.max(submitted, this.lastEndMs));
      this.lastEndMs = end;
    });
  }

  async timeDispatches(program: Program, runs: number): Promise<DispatchTimes> {
    const { compiled, steps } = this.ownProgram(program);
    await this.idle();
    const times = this.device.features.has('timestamp-query')
      ? await timeByTimestamps(this.device, compiled, runs)
      : null;
    const result = times ?? (await timeByWallClock(this.device, compiled, runs));
    this.check();
    const ms = steps.map(() => 0);
    const variants = steps.map((): string | null => null);
    compiled.forEach(({ step, variant }, index) => {
      ms[step] = (ms[step] ?? 0) + (result.ms[index] ?? 0);
      variants[step] = variant;
    });
    return { method: result.method, ms, variants };
  }

  async idle(): Promise<void> {
    this.check();
    await this.device.queue.onSubmittedWorkDone();
    // onSubmittedWorkDone also resolves on a lost device, so its word alone proves nothing.
    this.check();
  }

  memory(): MemoryReport {
    return this.account.report();
  }

  destroy(): void {
    this.isDestroyed = true;
    this.pool.destroy();
    this.device.destroy();
  }

  private check(): void {
    if (this.failure !== null) throw this.failure;
    if (this.isDestroyed) throw new AppError('device-lost', 'The GPU device was closed.');
  }

  private ownProgram(program: Program): GpuProgram {
    this.check();
    const own = program as GpuProgram;
    if (own.generation === this.generation) return own;
    throw new AppError('stale-device', `Program "${own.label}" belongs to a lost device.`);
  }

  private own(buffer: DeviceBuffer): GpuBuffer {
    if (!(buffer instanceof GpuBuffer) || buffer.generation !== this.generation) {
      throw new AppError('stale-device', `Buffer "${buffer.label}" belongs to another device.`);
    }
    if (buffer.isFreed) throw new AppError('stale-device', `Buffer "${buffer.label}" was freed.`);
    return buffer;
  }

  /** The shader of a step on this adapter, and its constants; the choice goes on record. */
  private choose(step: Step): ChosenStep {
    const { kernel, uniforms = {}, constants = {} } = step;
    const { profile, variantOptions } = this;
    const sizes = { ...constants, ...uniforms };
    const chosen = chooseVariant(kernel, sizes, profile, variantOptions);
    if (chosen.variant !== null) {
      const entry = `${kernel.name} ${chosen.variant}`;
      if (!this.variants.includes(entry)) this.variants.push(entry);
    }
    const all = { ...constants, ...chosen.constants };
    const own = { ...step, kernel: chosen.kernel, constants: all };
    const groups = chosen.kernel.groups({ ...all, ...uniforms });
    // The shader is chosen for the whole first: its parts compute the same bits.
    const count = Math.ceil(workOf(own).flops / this.dispatchFlops);
    return { ...own, variant: chosen.variant, parts: cutDispatch(own.kernel, groups, count) };
  }
}

function gpuError(error: GPUError): AppError {
  if (error instanceof GPUOutOfMemoryError) {
    return new AppError('gpu-out-of-memory', `The GPU is out of memory: ${error.message}`, {
      hint: 'Choose a smaller model or batch, or close other tabs.',
    });
  }
  return new AppError('gpu-validation', `The GPU refused a command: ${error.message}`, {
    hint: 'This is a fault of the program; finished cells are saved.',
  });
}

function hostArray(type: ElementType, bytes: ArrayBuffer): HostArray {
  switch (type) {
    case 'f32':
      return new Float32Array(bytes);
    case 'u32':
      return new Uint32Array(bytes);
    case 'i32':
      return new Int32Array(bytes);
  }
}
