import { AppError } from '../../core/errors.ts';
import type { BlockArgument, BlockStep, PassTable } from '../range-form.ts';
import type { BindingRole } from './ranged-kernels.ts';
import type { ElementStep, RecordedBuffer, SumStep } from './recording.ts';
import { isOfParts } from './registers.ts';
import type { Scene } from './scene.ts';

/** Tables that a step looks at. */
export function tablesOf(step: ElementStep | SumStep): RecordedBuffer[] {
  return Object.entries(step.kernel.bindings).flatMap(([name, role]) =>
    role === 'table' ? (step.bind.get(name) ?? []) : [],
  );
}

/** Buffers with a number an element; what a kernel leaves alone is bound to a single one. */
export function valuesOf(step: ElementStep | SumStep): RecordedBuffer[] {
  return Object.keys(step.kernel.bindings).flatMap((name) => boundValues(step, name) ?? []);
}

export function boundValues(step: ElementStep | SumStep, name: string): RecordedBuffer | null {
  const buffer = step.bind.get(name);
  return buffer !== undefined && isOfElements(step.kernel.bindings[name]) && buffer.length > 1
    ? buffer
    : null;
}

function isOfElements(role: BindingRole | undefined): boolean {
  return role === 'values' || role === 'placed' || isOfParts(role);
}

const ELEMENT_BYTES: Readonly<Partial<Record<BindingRole, number>>> = {
  placed: 4,
  placedParts: 16,
};

/** The call of a kernel on one block, by one thread. */
export function callOf(
  step: ElementStep | SumStep,
  scene: Scene,
  replaced: Readonly<Record<string, BlockArgument>> = {},
): BlockStep {
  const { registers, tables, slots, part } = scene;
  const bindings = Object.entries(step.kernel.bindings).map(([name, role]): BlockArgument => {
    const given = replaced[name];
    const buffer = step.bind.get(name);
    if (given !== undefined) return given;
    if (buffer === undefined) throw new AppError('internal', `${step.name} lacks "${name}".`);
    if (role === 'grains') return grainsArgument(scene, buffer);
    if (role === 'table') return tableArgument(tables, buffer);
    if (role === 'sums' || role === 'unused' || buffer.length === 1) return 0;
    const block = registers.of(buffer);
    const bytes = ELEMENT_BYTES[role];
    return bytes === undefined ? { block } : { block, perElement: bytes, before: part.offset };
  });
  const scalars = step.scalars.map(([name, value]): BlockArgument => {
    const size = step.kernel.size[name];
    return size === undefined ? value : size === 'slots' ? slots : size;
  });
  return { kernel: step.name, arguments: [...bindings, ...scalars, 0, 1] };
}

/** Tables are named by what they are, and each is carried once. */
export function tableArgument(
  tables: Map<string, PassTable>,
  buffer: RecordedBuffer,
): { readonly table: string } {
  const values = buffer.table as Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
  for (const [name, table] of tables) if (table.values === values) return { table: name };
  const name = `${buffer.label} ${tables.size}`;
  tables.set(name, { values });
  return { table: name };
}

/** Address of the block table of a block, as kernels know it; it lies among the sums. */
export function grainsArgument(scene: Scene, blocks: RecordedBuffer): BlockArgument {
  const { segment } = scene.places.of(blocks, scene.part);
  scene.segments.add(segment);
  return { sums: grainsName(segment) };
}

export function grainsName(segment: number): string {
  return `grains ${segment}`;
}

export function grainsCall(segment: number, { slots, part }: Scene): BlockStep {
  return {
    kernel: 'range_grains',
    arguments: [{ sums: grainsName(segment) }, part.offset, 'first', 'count', segment, slots],
  };
}
