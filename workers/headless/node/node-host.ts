import { openAsBlob } from 'node:fs';
import { availableParallelism, freemem } from 'node:os';
import { join } from 'node:path';
import { ArtefactStore } from '../../../src/store/artefacts.ts';
import { CheckpointStore } from '../../../src/store/checkpoints.ts';
import { JobClaims } from '../../../src/store/files/job-claims.ts';
import { openFileStore } from '../../../src/store/files/open-file-store.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import { SnapshotStore } from '../../../src/store/snapshots.ts';
import { importDataset } from '../../../src/rec/importers/import-files.ts';
import { chooseMachine } from '../../machine/choose-machine.ts';
import type { DataFile } from '../headless-messages.ts';
import type { GivenFolder, HeadlessHost } from '../run-task.ts';
import type { LabStorage } from '../../lab/lab-parts.ts';
import { LabService } from '../../lab/lab-service.ts';
import { nodeMachines, type NodeMachineOptions } from '../../node/node-machines.ts';
import { nodeOutFolder } from './out-folder.ts';

export interface NodeHostOptions extends NodeMachineOptions {
  /** null keeps results in memory only. */
  readonly storeDir: string | null;
  readonly outDir: string;
  readonly dataDir: string | null;
  readonly baseDir: string | null;
  readonly onNotice: (text: string) => void;
  /** The files directly in a folder, with what is wrong with those that cannot be read. */
  readonly listFolder: (folder: string) => Promise<readonly DataFile[]>;
  /** Keeps a claim's heartbeat going; see `JobClaimsOptions`. */
  readonly beat?: (path: string) => () => void;
}

/**
 * The lab in this thread: the same service as behind the page's worker, with files and Node's
 * threads.
 * @errors storage-unavailable, quota-exceeded: the store is opened at once
 */
export function nodeLab(options: NodeHostOptions): LabService {
  const machines = nodeMachines(options);
  const storage = openStorage(options);
  return new LabService({
    openExecutor: (choice) => chooseMachine(choice, machines),
    openStorage: () => Promise.resolve(storage),
    freeBytes: freemem,
    now: () => Date.now(),
  });
}

/** What a headless run needs, from Node. */
export function nodeHost(lab: LabService, options: NodeHostOptions): HeadlessHost {
  const { dataDir, baseDir, outDir } = options;
  const cores = availableParallelism();
  return {
    lab,
    name: `Node ${process.version}`,
    title: `Node ${process.version}, ${cores === 1 ? '1 core' : `${cores} cores`}`,
    importFiles: importDataset,
    data: givenFolder(dataDir, options),
    base: givenFolder(baseDir, options),
    out: nodeOutFolder(outDir),
    estimate: (document, dataset) => lab.estimate(document, dataset),
  };
}

function openStorage({ storeDir, onNotice, beat }: NodeHostOptions): LabStorage {
  const store = storeDir === null ? new MemoryStore() : openFileStore(storeDir, { onNotice });
  const now = () => performance.now();
  const storage: LabStorage = {
    checkpoints: new CheckpointStore(store),
    artefacts: new ArtefactStore(store),
    snapshots: new SnapshotStore(store),
    notice: () => '',
    // Everyone may write: jobs are claimed one by one.
    lock: () => Promise.resolve({ signal: new AbortController().signal, release: () => undefined }),
  };
  if (storeDir === null) return storage;
  const options = { now, onNotice, ...(beat !== undefined && { beat }) };
  return { ...storage, claims: new JobClaims(storeDir, options) };
}

function givenFolder(folder: string | null, { listFolder }: NodeHostOptions): GivenFolder {
  return {
    list: () => (folder === null ? Promise.resolve([]) : listFolder(folder)),
    // Read where it is needed: a checkpoint may be larger than the memory.
    read: (name) => openAsBlob(join(folder ?? '', name)),
  };
}
