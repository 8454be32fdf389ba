import type { FaultRow } from './fault-row.ts';

/** Folder of a family, the letter of its ids, and how many the list has. */
export const FAMILIES = {
  gpu: ['G', 22],
  worker: ['W', 7],
  tab: ['T', 6],
  storage: ['S', 10],
  files: ['F', 12],
  network: ['N', 3],
  build: ['B', 6],
} as const;

export type Family = keyof typeof FAMILIES;

/** Every id of the list, in its order. */
export const IDS: readonly string[] = Object.values(FAMILIES).flatMap(([letter, count]) =>
  Array.from({ length: count }, (_, i) => `${letter}${String(i + 1).padStart(2, '0')}`),
);

const MODULES = import.meta.glob<FaultRow>('./{gpu,worker,tab,storage,files,network,build}/*.ts', {
  eager: true,
  import: 'fault',
});

/** Rows by the path of their file, `./gpu/g07-destroyed.ts`. */
export const ROWS_BY_PATH: ReadonlyMap<string, FaultRow> = new Map(Object.entries(MODULES));

/** All rows, in the order of the list. */
export const ROWS: readonly FaultRow[] = [...ROWS_BY_PATH.values()].sort(
  (a, b) => IDS.indexOf(a.id) - IDS.indexOf(b.id),
);
