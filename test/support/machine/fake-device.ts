/** What a fake buffer holds; mapping hands out the present bytes. */
class FakeBuffer {
  readonly label: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  isDestroyed = false;

  constructor({ label = '', size }: GPUBufferDescriptor) {
    this.label = label;
    this.bytes = new Uint8Array(size);
  }

  async mapAsync(): Promise<void> {
    if (this.isDestroyed) throw new Error('destroyed');
  }

  getMappedRange = (): ArrayBuffer => this.bytes.buffer;
  unmap = (): void => undefined;
  destroy = (): void => {
    this.isDestroyed = true;
  };
}

/** A device that only copies. Submits run at once, when the work is waited for, or never. */
export class FakeDevice {
  submits: 'run' | 'run late' | 'vanish' = 'run';
  readonly limits = { maxBufferSize: 1024 };
  readonly buffers: FakeBuffer[] = [];
  readonly lost = new Promise<never>(() => undefined);
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
    },
  };

  addEventListener = (): void => undefined;
  destroy = (): void => undefined;

  createBuffer(descriptor: GPUBufferDescriptor): FakeBuffer {
    const { size } = descriptor;
    if (size > this.limits.maxBufferSize) throw new Error(`buffer of ${size} bytes`);
    const buffer = new FakeBuffer(descriptor);
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
