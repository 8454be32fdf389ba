import { AppError } from '../../core/errors.ts';
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
import type { OpenDevice } from './device.ts';
import { timeByTimestamps, timeByWallClock } from './dispatch-timer.ts';
import { encodeDispatch } from './gpu-dispatch.ts';
import { gpuError } from './gpu-error.ts';
import { GpuWaits } from './gpu-waits.ts';
import { compileSteps, type GpuProgram } from './gpu-program.ts';
import { cutDispatch } from './dispatch-parts.ts';
import { uniformBytes, type ChosenStep } from './build-dispatches.ts';
import { SubmitPacer } from './submit-pacer.ts';
import { PipelineCache } from './pipelines.ts';
import { ReadBack } from './read-back.ts';
import type { Calibration } from './calibrate.ts';
import { chooseVariant } from './variants.ts';
import { DISPATCH_FLOPS, silenceOf, SUBMIT_MS, type WebGpuOptions } from './webgpu-options.ts';

let generations = 0;

export class WebGpuExecutor implements Executor {
  profile: AdapterProfile;
  readonly device: GPUDevice;
  readonly generation = ++generations;
  private readonly account = new ByteAccount();
  private readonly waits: GpuWaits;
  private readonly pipelines: PipelineCache;
  private readonly pool: BufferPool;
  private readonly readBack: ReadBack;
  private variantOptions: WebGpuOptions;
  private readonly variants: string[] = [];
  private readonly submitMs: number;
  private dispatchFlops: number;
  /** When the last timed run ended: a run that waited for it began no earlier. */
  private lastEndMs = 0;

  constructor({ device, profile }: OpenDevice, options: WebGpuOptions = {}) {
    this.device = device;
    this.profile = { ...profile, variants: this.variants };
    this.variantOptions = options;
    this.submitMs = options.submitMs ?? (profile.isSoftware ? Infinity : SUBMIT_MS);
    this.dispatchFlops = options.dispatchFlops ?? (profile.isSoftware ? Infinity : DISPATCH_FLOPS);
    this.waits = new GpuWaits(device.lost, {
      silenceS: options.silenceS ?? silenceOf(profile),
      drop: () => {
        device.destroy();
      },
    });
    this.pipelines = new PipelineCache(device, this.waits);
    this.pool = new BufferPool(device, this.generation, (error) => {
      this.waits.fail(error);
    });
    this.readBack = new ReadBack(device, this.waits);
    device.addEventListener('uncapturederror', (event) => {
      this.waits.fail(gpuError(event.error));
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
    try {
      const data = await this.readBack.read(source, view);
      this.check();
      return data;
    } catch (cause) {
      this.check();
      throw new AppError('readback-failed', `Could not read "${view.buffer.label}" from the GPU.`, {
        hint: 'Nothing was taken from it. Start the run again; finished cells are saved.',
        cause,
      });
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
    const { device, pipelines, waits } = this;
    const gpuOf = (buffer: DeviceBuffer) => this.own(buffer).gpu;
    const compiled = await compileSteps(label, chosen, { device, pipelines, waits, gpuOf });
    const program: GpuProgram = {
      ...compiled,
      label,
      generation: this.generation,
      dispatches: compiled.compiled.length,
      steps,
      pacer: new SubmitPacer(
        compiled.compiled.map(({ cost }) => cost),
        this.submitMs,
      ),
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
    const timed = () => {
      const end = performance.now();
      pacer.add(end - Math.max(submitted, this.lastEndMs));
      this.lastEndMs = end;
    };
    // Nobody waits for this: who waits for the run itself hears of a loss.
    this.device.queue.onSubmittedWorkDone().then(timed, () => undefined);
  }

  async timeDispatches(program: Program, runs: number): Promise<DispatchTimes> {
    const { compiled, steps } = this.ownProgram(program);
    await this.idle();
    const timed = { device: this.device, waits: this.waits };
    const times = this.device.features.has('timestamp-query')
      ? await timeByTimestamps(timed, compiled, runs)
      : null;
    const result = times ?? (await timeByWallClock(timed, compiled, runs));
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
    await this.waits.answer(this.device.queue.onSubmittedWorkDone());
    // onSubmittedWorkDone also resolves on a lost device, so its word alone proves nothing.
    this.check();
  }

  memory(): MemoryReport {
    return this.account.report();
  }

  giveUp(afterSilentS: number): boolean {
    return this.waits.giveUp(afterSilentS);
  }

  destroy(): void {
    this.waits.close();
    this.pool.destroy();
    this.readBack.destroy();
    this.device.destroy();
  }

  private check(): void {
    if (this.waits.failure !== null) throw this.waits.failure;
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
