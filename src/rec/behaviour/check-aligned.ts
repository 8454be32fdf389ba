import { AppError } from '../../core/errors.ts';
import type { TableAlignment } from './align-behaviour.ts';

/** @errors data-invalid when no item of the data is among those of the pretrained model */
export function checkAligned(tables: readonly TableAlignment[]): void {
  const items = tables.find(({ table }) => table === 'items');
  if (items === undefined || items.aligned > 0) return;
  throw new AppError(
    'data-invalid',
    `None of the ${String(items.dropped)} items of the pretrained model is among the ${String(items.new)} of these data.`,
    {
      hint: 'Nothing would be transferred. Items are found by domain and id: name the domains as they were named in pretraining, or open another folder.',
    },
  );
}

/** "items 40 aligned, 8 new, 0 dropped; category 3 aligned, 0 new, 1 dropped" */
export function describeAlignment(tables: readonly TableAlignment[]): string {
  return tables
    .map(
      ({ table, aligned, new: added, dropped }) =>
        `${table} ${String(aligned)} aligned, ${String(added)} new, ${String(dropped)} dropped`,
    )
    .join('; ');
}
