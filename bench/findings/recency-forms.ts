import { parseDocument } from 'yaml';

/** One form of `experiments/findings-recency-amazon-compact.yaml`: what is changed in it. */
export interface RecencyForm {
  readonly name: string;
  readonly chain: 'plain' | 'averaged';
  /** Of each later stage. */
  readonly epochs: number;
  readonly period: 'earlier' | 'later';
}

/** All forms, the document as it is among them. The earlier period comes first: it chooses for the later. */
export const RECENCY_FORMS: readonly RecencyForm[] = (['earlier', 'later'] as const).flatMap(
  (period) =>
    (
      [
        ['plain', 8],
        ['averaged', 8],
        ['plain', 2],
      ] as const
    ).map(([chain, epochs]) => ({
      name: `${chain}-${String(epochs)}-${period}`,
      ...{ chain, epochs, period },
    })),
);

interface Stage {
  readonly name: string;
  readonly start: unknown;
  readonly end: unknown;
}

/**
 * The document's text in one form. One period earlier the last stage is the test, so that what is newest
 * there is the stage before it.
 */
export function documentOf(
  text: string,
  { name, chain, epochs, period }: RecencyForm,
  seeds: readonly number[],
): string {
  const document = parseDocument(text);
  const base = String(document.get('name'));
  document.set('name', `${base}-${name}`);
  document.set('seeds', seeds);
  const { contexts } = document.toJS() as { contexts: { stages: readonly Stage[] } };
  const { stages } = contexts;
  const last = stages.at(-1);
  if (last === undefined) throw new Error('The document has no stage.');
  const kept = period === 'earlier' ? stages.slice(0, -1) : stages;
  if (period === 'earlier') {
    document.deleteIn(['contexts', 'stages', stages.length - 1]);
    document.deleteIn(['training', 'stages', last.name]);
    document.setIn(['contexts', 'test'], { start: last.start, end: last.end });
  }
  for (const stage of kept.slice(1)) {
    document.setIn(['training', 'stages', stage.name, 'epochs'], epochs);
  }
  if (chain === 'averaged') document.setIn(['training', 'average'], { before: 0.5 });
  return document.toString();
}
