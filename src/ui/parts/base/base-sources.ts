import { startOf, type BaseSource } from '../../state/base-state.ts';

interface SourceChoice {
  readonly id: BaseSource;
  readonly title: string;
  readonly help: string;
}

const SOURCES: readonly SourceChoice[] = [
  {
    id: 'sequences',
    title: 'a model of id sequences, trained here',
    help: 'One small model learns the first stage of all domains together. It knows no text.',
  },
  {
    id: 'none',
    title: 'random weights, the same for all domains',
    help: 'Nothing is learnt jointly: cells of two domains share their first weights and no more.',
  },
  {
    id: 'text',
    title: 'a language model, trained here',
    help: 'A tokenizer and a small language model learn the texts of all items.',
  },
];

/** What the cells of a document may start from. */
export function baseSources(text: string): readonly SourceChoice[] {
  const { sources, files, trained } = startOf(text);
  const choices = SOURCES.filter(({ id }) => sources.includes(id)).map((choice) =>
    choice.id === 'sequences' ? { ...choice, ...trained } : choice,
  );
  if (files === null) return choices;
  return [...choices, { id: 'import', title: `your own ${files.title}`, help: files.help }];
}
