import { isOfClicks, startsOf, type BaseSource } from '../../state/base-state.ts';

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
  {
    id: 'import',
    title: 'your own language model',
    help: 'A Qwen3- or Llama-shaped checkpoint with its tokenizer. Its files decide the sizes.',
  },
];

/** Of compact semantic ids, which read no text. */
const COMPACT_IMPORT: SourceChoice = {
  id: 'import',
  title: 'your own model of compact ids',
  help: 'The folder of an exported base of compact ids. Items need the ids that it was trained with; its files decide the sizes.',
};

/** Of click models: they start from a model of behaviour. */
const CLICK_SOURCES: readonly SourceChoice[] = [
  {
    id: 'sequences',
    title: 'a behaviour model, pretrained here',
    help: 'One transformer learns to predict the next item on the sequences of all domains together.',
  },
  {
    id: 'import',
    title: 'your own behaviour model',
    help: 'The folder of an exported checkpoint of click models. Items are found by domain and id; its files decide the sizes.',
  },
];

/** What the cells of a document may start from. */
export function baseSources(text: string): readonly SourceChoice[] {
  if (isOfClicks(text)) return CLICK_SOURCES;
  const starts = startsOf(text);
  const choices = SOURCES.filter(({ id }) => starts.includes(id));
  if (starts.includes('text')) return choices;
  return choices.map((choice) => (choice.id === 'import' ? COMPACT_IMPORT : choice));
}
