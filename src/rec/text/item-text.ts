import { AppError } from '../../core/errors.ts';
import type { DomainData } from '../data/types.ts';

/** Title, then the description where there is one: what a language model reads of an item. */
export function itemText({ titles, descriptions }: DomainData, item: number): string {
  const title = titles?.[item] ?? '';
  const description = descriptions?.[item] ?? '';
  if (title === '' || description === '') return title + description;
  return /[.!?]$/.test(title) ? `${title} ${description}` : `${title}. ${description}`;
}

/**
 * Texts of all items of a domain.
 * @errors data-invalid where the domain has no texts, or items without one (the first are listed)
 */
export function itemTexts(data: DomainData): string[] {
  const texts = data.itemIds.map((_, item) => itemText(data, item).trim());
  const empty = texts.flatMap((text, item) => (text === '' ? [data.itemIds[item] ?? ''] : []));
  if (empty.length === 0) return texts;
  throw new AppError(
    'data-invalid',
    `${String(empty.length)} of ${String(texts.length)} items of "${data.domain}" have no text.`,
    {
      hint: 'A language model needs a title or description of every item. Give item metadata, or choose a base that learns from sequences.',
      faults: empty.slice(0, 20).map((id) => ({ place: `item "${id}"`, message: 'no text' })),
    },
  );
}
