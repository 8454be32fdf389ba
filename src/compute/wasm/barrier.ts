/** Words of the control block that all threads share. */
export const CONTROL = {
  /** Raised by the first thread for each program; the others sleep on it. */
  order: 0,
  /** Address of the encoded calls; 0 = end. */
  program: 1,
  /** Tells programs at the same address apart. */
  programId: 2,
  arrived: 3,
  phase: 4,
  /** Set by a thread whose kernel trapped. */
  failed: 5,
} as const;
export const CONTROL_WORDS = 8;

/** Looks at the flag this often before sleeping: a wake-up costs more than most kernels. */
const SPINS = 4000;

/**
 * All threads meet between two kernels. They spin first; where a thread may sleep (not a page's
 * main thread) it does after a while, so that a busy machine is not kept busier.
 */
export class Barrier {
  private readonly control: Int32Array;
  private readonly threads: number;
  private readonly maySleep: boolean;

  constructor(control: Int32Array, threads: number, maySleep: boolean) {
    this.control = control;
    this.threads = threads;
    this.maySleep = maySleep;
  }

  meet(): void {
    const { control, threads } = this;
    const phase = Atomics.load(control, CONTROL.phase);
    if (Atomics.add(control, CONTROL.arrived, 1) === threads - 1) {
      Atomics.store(control, CONTROL.arrived, 0);
      Atomics.add(control, CONTROL.phase, 1);
      Atomics.notify(control, CONTROL.phase);
      return;
    }
    for (let spin = 0; spin < SPINS; spin++) {
      if (Atomics.load(control, CONTROL.phase) !== phase) return;
    }
    while (Atomics.load(control, CONTROL.phase) === phase) {
      if (this.maySleep) Atomics.wait(control, CONTROL.phase, phase);
    }
  }
}
