/** What `npm run doctor` found out. */
export interface MachineFacts {
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly wasm: {
    readonly simd: boolean;
    /** 'flag': with the option that our commands set. */
    readonly relaxedSimd: 'yes' | 'flag' | 'no';
    readonly threads: boolean;
  };
  readonly gpu: GpuFacts;
  /** null where there is none. */
  readonly browser: { readonly path: string; readonly version: string } | null;
  readonly memory: { readonly totalBytes: number; readonly freeBytes: number };
  readonly disk: DiskFacts;
}

export interface GpuFacts {
  /** As Dawn names them, with their backend; in its order. */
  readonly adapters: readonly { readonly name: string; readonly backend: string }[];
  /** The one that `--executor auto` would look at; null where there is none. */
  readonly chosen: {
    readonly name: string;
    readonly driver: string;
    readonly isSoftware: boolean;
  } | null;
  /** Why there is none; '' where there is one. */
  readonly problem: string;
}

export interface DiskFacts {
  readonly folder: string;
  readonly freeBytes: number;
  /** Bytes a second to the disk itself, synced; 0 where nothing can be written. */
  readonly writeSpeed: number;
  readonly readSpeed: number;
}

/** One line a fact: what it is, and whether it is as it should be. */
export interface DoctorLine {
  readonly mark: '✓' | '·' | '✗';
  readonly what: string;
  readonly text: string;
}

const GB = 1e9;
/** Of a whole checkpoint of a large language model; less is enough for everything else. */
const LITTLE_MEMORY = 2 * GB;

export function describeMachine(facts: MachineFacts): DoctorLine[] {
  const { wasm, gpu, browser, memory, disk } = facts;
  const isNodeFit = fitsNode(facts.node);
  const relaxed = { yes: 'fused multiply-add', flag: 'fused multiply-add (flag set)', no: 'plain' };
  return [
    {
      mark: isNodeFit ? '✓' : '✗',
      what: 'Node',
      text: `${facts.node} on ${facts.platform}${isNodeFit ? '' : '; 20.19 or later is needed'}`,
    },
    { mark: '✓', what: 'CPU', text: `${facts.cpu}, ${counted(facts.cores, 'core')}` },
    {
      mark: wasm.simd ? '✓' : '✗',
      what: 'WebAssembly',
      text: wasm.simd
        ? `SIMD, ${relaxed[wasm.relaxedSimd]}, ${wasm.threads ? 'threads' : 'one thread'}`
        : 'without SIMD: the kernels run in JavaScript, slowly',
    },
    gpuLine(gpu),
    {
      mark: browser === null ? '·' : '✓',
      what: 'Browser',
      text:
        browser === null
          ? 'none found; only the page and --host browser need one (CHROME_PATH names it)'
          : `${browser.version} (${browser.path})`,
    },
    {
      mark: memory.freeBytes < LITTLE_MEMORY ? '·' : '✓',
      what: 'Memory',
      text: `${gigabytes(memory.freeBytes)} free of ${gigabytes(memory.totalBytes)}`,
    },
    {
      mark: disk.writeSpeed > 0 ? '✓' : '✗',
      what: 'Disk',
      text:
        disk.writeSpeed > 0
          ? `writes ${speed(disk.writeSpeed)}, reads what it just wrote at ${speed(disk.readSpeed)}, ` +
            `${gigabytes(disk.freeBytes)} free in ${disk.folder}`
          : `${disk.folder} cannot be written`,
    },
  ];
}

function gpuLine({ adapters, chosen, problem }: GpuFacts): DoctorLine {
  const others = adapters.map(({ name, backend }) => `${name} (${backend})`).join(', ');
  if (chosen === null) return { mark: '·', what: 'GPU', text: problem };
  const driver = chosen.driver === '' ? '' : `, ${chosen.driver}`;
  const list = adapters.length > 1 ? `; all: ${others}` : '';
  return chosen.isSoftware
    ? { mark: '·', what: 'GPU', text: `${chosen.name}${driver}: an imitation${list}` }
    : { mark: '✓', what: 'GPU', text: `${chosen.name}${driver}${list}` };
}

/** The commands that suit this machine, with why. */
export function adviceFor(facts: MachineFacts): string[] {
  if (!fitsNode(facts.node)) return ['Install Node 20.19 or later; nothing here runs before.'];
  const { chosen } = facts.gpu;
  const isHardware = chosen !== null && !chosen.isSoftware;
  const machine = isHardware ? `the GPU (${chosen.name})` : counted(facts.cores, 'CPU core');
  const lines = [`npm run headless -- experiment.yaml      computes on ${machine}`];
  if (isHardware) {
    lines.push('npm run headless -- experiment.yaml --executor cpu      on the CPU instead');
  }
  lines.push(
    facts.browser === null
      ? 'npm start      serves the page; open it in a Chromium-family browser'
      : 'npm start      the page, in the browser found here',
  );
  if (isHardware && facts.browser !== null) {
    lines.push('npm run headless -- --host browser      on the GPU as the page sees it');
  }
  return lines;
}

/** The version that package.json asks for. */
function fitsNode(version: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  return major > 20 || (major === 20 && minor >= 19);
}

function counted(count: number, what: string): string {
  return count === 1 ? `1 ${what}` : `${count} ${what}s`;
}

function gigabytes(bytes: number): string {
  return `${(bytes / GB).toFixed(1)} GB`;
}

function speed(bytesPerSecond: number): string {
  return `${Math.round(bytesPerSecond / 1e6)} MB/s`;
}
