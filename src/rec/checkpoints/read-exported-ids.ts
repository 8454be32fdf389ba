import { FaultList } from '../../io/fault-list.ts';
import { tokenCodes } from '../importers/given-ids.ts';

const HINT = 'Export the model again. Nothing was loaded.';

/**
 * The ids of an exported model: domain → item → codes.
 * @errors data-invalid for what is no id of these levels and codes, with the places
 */
export function readExportedIds(
  json: Readonly<Record<string, unknown>>,
  file: string,
  { levels, codesPerLevel }: { readonly levels: number; readonly codesPerLevel: number },
): ReadonlyMap<string, ReadonlyMap<string, readonly number[]>> {
  const faults = new FaultList();
  const domains = new Map<string, ReadonlyMap<string, readonly number[]>>();
  const { domains: named } = json;
  if (!isRecord(named)) faults.add(`${file} domains`, 'must be an object of domains');
  for (const [domain, items] of Object.entries(isRecord(named) ? named : {})) {
    const own = new Map<string, readonly number[]>();
    if (!isRecord(items)) faults.add(`${file} domains.${domain}`, 'must be an object of items');
    for (const [item, tokens] of Object.entries(isRecord(items) ? items : {})) {
      const codes = tokenCodes(tokens);
      if (codes?.length === levels && codes.every((code) => code < codesPerLevel)) {
        own.set(item, codes);
      } else {
        const message = `is no id of ${String(levels)} levels of ${String(codesPerLevel)} codes`;
        faults.add(`${file} domains.${domain}: "${item}"`, message);
      }
    }
    domains.set(domain, own);
  }
  if (faults.total === 0) return domains;
  throw faults.toError('data-invalid', `${file} holds what is no semantic id.`, HINT);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
