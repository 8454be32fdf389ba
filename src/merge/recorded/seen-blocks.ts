import { SECTION_ELEMENTS, type RangePass } from '../range-form.ts';

/** Which blocks of a tensor the ends of a pass have to see. */
interface Seen {
  readonly ends: ReadonlyMap<number, { readonly only?: number; readonly sample?: number }>;
  readonly result: object | null;
}

/** Every so manieth, where all ends are content with a sample. */
export function sampleOf({ ends, result }: Seen): number | undefined {
  const [first] = ends.values();
  return result === null ? first?.sample : undefined;
}

/** The sections that matter, where every end has but one. */
export function onlyOf({ ends, result }: Seen, section: number): Pick<RangePass, 'only'> {
  const numbers = [...ends.values()].flatMap(({ only }) => only ?? []);
  const isLimited = result === null && ends.size > 0 && numbers.length === ends.size;
  return isLimited && section === SECTION_ELEMENTS ? { only: new Set(numbers) } : {};
}
