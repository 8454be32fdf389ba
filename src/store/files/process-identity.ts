import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Which process this is, in words that other machines on the same store can tell apart. */
export interface ProcessIdentity {
  readonly host: string;
  /** Processes are numbered anew in every container; empty where there are none. */
  readonly space: string;
  readonly pid: number;
}

export function ownIdentity(): ProcessIdentity {
  return { host: hostname(), space: processSpace(), pid: process.pid };
}

/** Host and space as part of a file name. */
export function tagOf({ host, space }: ProcessIdentity): string {
  return `${host}-${space}`.replaceAll(/[^\w-]/g, '');
}

/** Whether a process of this machine is running; one of another user counts as running. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function processSpace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
