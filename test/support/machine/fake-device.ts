/** What a fake buffer holds; mapping hands out the present bytes. */
class FakeBuffer {
  readonly label: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  private readonly map: () => Promise<void>;
  isDestroyed = false;

  constructor({ label = '', size }: GPUBufferDescriptor, map: () => Promise<void>) {
    this.label = label;
    this.bytes = new Uint8Array(size);
    this.map = map;
  }

  async mapAsync(): Promise<void> {
    if (this.isDestroyed) throw new Error('destroyed');
    await this.map();
  }

  getMappedRange = (): ArrayBuffer => this.bytes.buffer;
  unmap = (): void => undefined;
  destroy = (): void => {
    this.isDestroyed = true;
  };
}

/** What a device answers to what is waited for; tests put others in their place. */
interface FakeAnswers {
  map: () => Promise<void>;
  work: () => Promise<void>;
  pipeline: () => Promise<object>;
  compilation: () => Promise<object>;
  scope: () => Promise<null>;
}

/**
 * A device that only copies: its programs compile and do nothing. Submits run at once, when the work is
 * waited for, or never.
 */
export class FakeDevice {
  submits: 'run' | 'run late' | 'vanish' = 'run';
  readonly limits = { maxBufferSize: 1024 };
  readonly buffers: FakeBuffer[] = [];
  readonly lost: Promise<GPUDeviceLostInfo>;
  /** Tells the loss of the device. */
  lose: (reason: GPUDeviceLostReason) => void = () => undefined;
  isDestroyed = false;
  readonly answers: FakeAnswers = {
    map: () => Promise.resolve(),
    work: () => Promise.resolve(),
    pipeline: () => Promise.resolve({}),
    compilation: () => Promise.resolve({ messages: [] }),
    scope: () => Promise.resolve(null),
  };
  private late: (() => void)[] = [];

  readonly queue = {
    writeBuffer: (
      buffer: FakeBuffer,
      at: number,
      data: ArrayBuffer | Uint32Array,
      offset = 0,
      size = data.byteLength,
    ): void => {
      const bytes =
        data instanceof ArrayBuffer
          ? new Uint8Array(data, offset, size)
          : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      buffer.bytes.set(bytes, at);
    },
    submit: (commands: readonly (readonly (() => void)[])[]): void => {
      const all = commands.flat();
      if (this.submits === 'run') for (const command of all) command();
      if (this.submits === 'run late') this.late.push(...all);
    },
    onSubmittedWorkDone: async (): Promise<void> => {
      for (const command of this.late.splice(0)) command();
      await this.answers.work();
    },
  };

  constructor() {
    this.lost = new Promise((resolve) => {
      this.lose = (reason) => {
        resolve({ reason, message: 'of a test' } as GPUDeviceLostInfo);
      };
    });
  }

  addEventListener = (): void => undefined;
  destroy = (): void => {
    this.isDestroyed = true;
    this.lose('destroyed');
  };
  pushErrorScope = (): void => undefined;
  popErrorScope = (): Promise<null> => this.answers.scope();
  createBindGroupLayout = (): object => ({});
  createPipelineLayout = (): object => ({});
  createBindGroup = (): object => ({});
  createShaderModule = () => ({ getCompilationInfo: () => this.answers.compilation() });
  createComputePipelineAsync = (): Promise<object> => this.answers.pipeline();

  createBuffer(descriptor: GPUBufferDescriptor): FakeBuffer {
    const { size } = descriptor;
    if (size > this.limits.maxBufferSize) throw new Error(`buffer of ${size} bytes`);
    const buffer = new FakeBuffer(descriptor, () => this.answers.map());
    this.buffers.push(buffer);
    return buffer;
  }

  createCommandEncoder() {
    const commands: (() => void)[] = [];
    return {
      copyBufferToBuffer: (
        source: FakeBuffer,
        from: number,
        target: FakeBuffer,
        to: number,
        size: number,
      ): void => {
        commands.push(() => {
          target.bytes.set(source.bytes.subarray(from, from + size), to);
        });
      },
      clearBuffer: (buffer: FakeBuffer): void => {
        commands.push(() => buffer.bytes.fill(0));
      },
      finish: () => commands,
    };
  }
}
