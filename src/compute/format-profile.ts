import { shareOfCeiling, type Ceilings, type KernelProfile, type Profile } from './profile.ts';

/** A kernel's numbers as people read them. */
export interface KernelRates {
  /** Of all dispatches' time, 0…1. */
  readonly share: number;
  /** null when the kernel does not count its operations, or took no measurable time. */
  readonly gflops: number | null;
  readonly gigabytes: number | null;
  /** Of the best that this machine showed, 0…1; null as above. */
  readonly ofCeiling: number | null;
}

export function ratesOf(kernel: KernelProfile, total: number, ceilings: Ceilings): KernelRates {
  const { ms, flops, bytes } = kernel;
  const isTimed = ms > 0;
  return {
    share: total > 0 ? ms / total : 0,
    gflops: isTimed && flops > 0 ? flops / ms / 1e6 : null,
    gigabytes: isTimed ? bytes / ms / 1e6 : null,
    ofCeiling: isTimed ? shareOfCeiling(kernel, ceilings) : null,
  };
}

const METHOD: Readonly<Record<Profile['method'], string>> = {
  timestamps: 'timestamp queries',
  'wall-clock': 'wall clock, one dispatch at a time',
};

export function methodText({ method }: Profile): string {
  return METHOD[method];
}

/** A profile as a table for terminals. */
export function formatProfile(profile: Profile, ceilings: Ceilings): string {
  const head = ['kernel', 'calls', 'ms', 'share', 'GFLOP/s', 'GB/s', 'of best', 'sizes'];
  const rows = profile.kernels.map((kernel) => {
    const { share, gflops, gigabytes, ofCeiling } = ratesOf(kernel, profile.ms, ceilings);
    return [
      kernel.kernel,
      String(kernel.calls),
      kernel.ms.toFixed(3),
      percent(share),
      number(gflops),
      number(gigabytes),
      ofCeiling === null ? '' : percent(ofCeiling),
      kernel.shape,
    ];
  });
  const widths = head.map((title, i) =>
    Math.max(...[head, ...rows].map((row) => row[i]?.length ?? title.length)),
  );
  const lines = [head, ...rows].map((row) =>
    row
      .map((cell, i) => {
        const isText = i === 0 || i === head.length - 1;
        return isText ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
      })
      .join('  ')
      .trimEnd(),
  );
  return [
    `${profile.program} on ${profile.adapter}: ${profile.ms.toFixed(2)} ms in ` +
      `${String(profile.dispatches)} dispatches (${methodText(profile)}, mean of ` +
      `${String(profile.runs)}); ${profile.wallMs.toFixed(2)} ms a whole run`,
    `best here: ${number(ceilings.flopsPerSecond / 1e9)} GFLOP/s (matmul), ` +
      `${number(ceilings.bytesPerSecond / 1e9)} GB/s (copy)`,
    ...lines,
  ].join('\n');
}

/** The same numbers for a spreadsheet; every row names adapter and method. */
export function profileCsv(profile: Profile, ceilings: Ceilings): string {
  const head =
    'program,adapter,method,runs,kernel,sizes,calls,ms,share,flops,bytes,gflops,gigabytes_per_s,of_ceiling';
  const rows = profile.kernels.map((kernel) => {
    const { share, gflops, gigabytes, ofCeiling } = ratesOf(kernel, profile.ms, ceilings);
    const { program, adapter, method, runs } = profile;
    const texts = [program, adapter, method, runs, kernel.kernel, kernel.shape];
    const numbers = [kernel.calls, kernel.ms, share, kernel.flops, kernel.bytes];
    const rates = [gflops, gigabytes, ofCeiling].map((value) => value ?? '');
    return [...texts, ...numbers, ...rates].map((cell) => quoted(String(cell))).join(',');
  });
  return `${[head, ...rows].join('\r\n')}\r\n`;
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function number(value: number | null): string {
  if (value === null) return '';
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
