import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { codeOf, diskError } from './disk.ts';
import { tempName } from './file-store.ts';
import { isAlive, ownIdentity, type ProcessIdentity } from './process-identity.ts';

export interface JobClaim {
  /** Lets others have the job; safe to call twice. */
  release(): void;
}

export interface JobClaimsOptions {
  /** Milliseconds, any origin; the only clock that staleness is measured by. */
  readonly now: () => number;
  /** Keeps a claim's heartbeat going until the returned function is called. */
  readonly beat?: (path: string) => () => void;
  readonly onNotice?: (text: string) => void;
  /** A test may be another process than it is. */
  readonly identity?: ProcessIdentity;
}

/** What a claim's file says. */
interface Holder extends ProcessIdentity {
  /** Tells claims of one process apart. */
  readonly token: string;
}

/** A claim whose heartbeat has not moved for so long is of a machine that is gone. */
export const STALE_MS = 60_000;
const BEAT_MS = 10_000;
/** The longest pause between two looks at what others do. */
const LONGEST_PAUSE_MS = 1000;
const SHORTEST_PAUSE_MS = 10;

const CLAIMS = 'claims';

/**
 * Who makes which job, for several processes on one file store: a file a job with host, process and
 * heartbeat (the file's time). A claim of a process that is gone is taken over, and said. Should two
 * make the same job after all, both put the same bits in the same place, one after the other.
 */
export class JobClaims {
  private readonly folder: string;
  private readonly temp: string;
  private readonly options: JobClaimsOptions;
  private readonly identity: ProcessIdentity;
  /** When each foreign claim's heartbeat was last seen to move. */
  private readonly seen = new Map<string, { readonly beat: number; readonly sinceMs: number }>();
  private count = 0;
  private toldHolder = '';
  /** Since when this process has nothing to do; null while it has. */
  private idleSinceMs: number | null = null;

  /** @param root of an opened file store */
  constructor(root: string, options: JobClaimsOptions) {
    this.folder = join(root, CLAIMS);
    this.temp = join(root, 'temp');
    this.options = options;
    this.identity = options.identity ?? ownIdentity();
    try {
      mkdirSync(this.folder, { recursive: true });
    } catch (cause) {
      throw diskError(cause, this.folder, 'opening');
    }
  }

  /** null while another process makes the job. @errors storage-unavailable, quota-exceeded */
  claim(id: string): JobClaim | null {
    const path = join(this.folder, id);
    const token = `${this.identity.pid}.${++this.count}`;
    try {
      if (!this.create(path, token) && !(this.takeOver(path, id) && this.create(path, token))) {
        return null;
      }
    } catch (cause) {
      throw diskError(cause, path, 'claiming a job in');
    }
    this.seen.delete(id);
    this.idleSinceMs = null;
    const stop = (this.options.beat ?? beatHere)(path);
    let isHeld = true;
    return {
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        stop();
        if (this.holderOf(path)?.token === token) rmSync(path, { force: true });
      },
    };
  }

  /**
   * Waits a little for one of these jobs, and says once for whom: a tenth of what it has waited
   * already, so that short jobs are not waited for long, nor a disk of many machines asked often.
   */
  async wait(ids: readonly string[], titleOf: (id: string) => string): Promise<void> {
    const id = ids.find((other) => existsSync(join(this.folder, other)));
    const holder = id === undefined ? null : this.holderOf(join(this.folder, id));
    if (id !== undefined && holder !== null && this.toldHolder !== `${id} ${holder.token}`) {
      this.toldHolder = `${id} ${holder.token}`;
      const { pid, host } = holder;
      this.options.onNotice?.(`Waits for process ${pid} on ${host}, which makes ${titleOf(id)}`);
    }
    this.idleSinceMs ??= this.options.now();
    const pause = (this.options.now() - this.idleSinceMs) / 10;
    const ms = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, pause));
    await new Promise((resolve) => setTimeout(resolve, ms));
  }

  /** The file appears with its content, or not at all because there is one. */
  private create(path: string, token: string): boolean {
    if (existsSync(path)) return false;
    const partial = join(this.temp, tempName('claim', this.count));
    writeFileSync(partial, JSON.stringify({ ...this.identity, token } satisfies Holder));
    try {
      linkSync(partial, path);
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      // A file system without links.
      try {
        writeFileSync(path, readFileSync(partial), { flag: 'wx' });
        return true;
      } catch (second) {
        if (codeOf(second) === 'EEXIST') return false;
        throw second;
      }
    } finally {
      rmSync(partial, { force: true });
    }
  }

  /** Removes the claim of a process that is gone; false while its holder lives. */
  private takeOver(path: string, id: string): boolean {
    // null also for one that is half-written: silence tells whether its writer lives.
    const holder = this.holderOf(path);
    if (holder === null && !existsSync(path)) return true;
    const isGone = holder !== null && this.isOurs(holder) && !isAlive(holder.pid);
    if (!isGone && !this.isSilent(path, id)) return false;
    const aside = join(this.temp, tempName('stale', ++this.count));
    try {
      renameSync(path, aside);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return true;
      throw error;
    }
    const taken = this.holderOf(aside);
    const isSame = taken?.token === holder?.token && taken?.host === holder?.host;
    // Somebody else was faster, and this is the new claim: back with it.
    if (!isSame && !existsSync(path)) linkSync(aside, path);
    rmSync(aside, { force: true });
    if (!isSame) return false;
    const who = holder === null ? 'A process' : `Process ${holder.pid} on ${holder.host}`;
    const why = isGone ? 'is gone' : `has been silent for ${STALE_MS / 1000} s`;
    this.options.onNotice?.(`${who} ${why}: its job ${id.slice(0, 12)} is taken over.`);
    return true;
  }

  private isOurs({ host, space }: ProcessIdentity): boolean {
    return host === this.identity.host && space === this.identity.space;
  }

  /** By our own clock alone: those of two machines need not agree. */
  private isSilent(path: string, id: string): boolean {
    const beat = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const now = this.options.now();
    const before = this.seen.get(id);
    if (before?.beat === beat) return now - before.sinceMs >= STALE_MS;
    this.seen.set(id, { beat, sinceMs: now });
    return false;
  }

  private holderOf(path: string): Holder | null {
    try {
      return JSON.parse(readFileSync(path, 'utf8')) as Holder;
    } catch {
      return null;
    }
  }
}

/** Claims that are held now, for tests and for whoever asks. */
export function claimedIn(root: string): string[] {
  return existsSync(join(root, CLAIMS)) ? readdirSync(join(root, CLAIMS)) : [];
}

/** Moves the file's time on; a claim that is gone meanwhile needs none. */
export function touch(path: string): void {
  try {
    const now = new Date(performance.timeOrigin + performance.now());
    utimesSync(path, now, now);
  } catch {
    // Its holder finds out when it releases it.
  }
}

/** Heartbeats of a thread that answers to its timers; where it does not, another one has to beat. */
function beatHere(path: string): () => void {
  const timer = setInterval(() => {
    touch(path);
  }, BEAT_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}
