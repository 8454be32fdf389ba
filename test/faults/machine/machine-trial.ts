import type { Executor } from '../../../src/compute/executor.ts';
import type { Limits } from '../../support/machine/limited-device.ts';
import type { Outcome, Trial } from '../fault-row.ts';

/** A device of its own that a trial may break: its executor, and the handle of WebGPU under it. */
export interface OpenMachine {
  readonly executor: Executor;
  readonly device: GPUDevice;
}

export interface OpenOptions {
  /** Puts something in the place of the device before the executor knows it. */
  readonly replace?: (device: GPUDevice) => GPUDevice;
  /** Seconds of silence after which the device counts as lost. */
  readonly silenceS?: number;
}

/** What a trial of a machine is given: the GPU of a page, or the CPU executor of Node. */
export interface Machine {
  readonly isGpu: boolean;
  /** A fresh device, for those whose end is the fault. @throws Error in Node */
  open(options?: OpenOptions): Promise<OpenMachine>;
  /** An executor of its own on the device that lives on, with what that one has compiled. */
  shared(options?: OpenOptions): Promise<Executor>;
  /** One that offers less than the machine could, and breaks when more is taken. */
  limited(limits: Limits): Promise<Executor>;
  /** `code: message` of what an action throws; empty where it succeeds. */
  toldBy(action: () => unknown): Promise<string>;
}

/** A file of this folder exports one, as `trial`; those for the page are bundled and know nothing of Node. */
export type MachineTrial = (machine: Machine, trial: Trial) => Promise<Outcome>;
