import type { CheckpointMeta } from '../checkpoints/checkpoint-meta.ts';
import { ITEM_FOLDER, USER_FOLDER } from '../paradigms/embedding/export-embedding.ts';

const TRANSFORMERS = 'transformers';

/** What a model reads and writes, and how it is opened in Python: part of the model card. */
export function modelUsage({ vocabulary, paradigm, behaviour }: CheckpointMeta): {
  readonly tag: string;
  readonly library: string;
  readonly io: readonly string[];
  readonly python: readonly string[];
} {
  if (behaviour !== undefined) {
    return {
      tag: behaviour.hasHead ? 'click-through-rate' : 'behaviour-sequences',
      library: 'safetensors',
      io: [
        'Reads a sequence of items, oldest first: embeddings of item, side features and segment (0 history,',
        '1 candidate) are added up. `vocabulary.json` names the rows of the tables; row 0 is unknown.',
        behaviour.hasHead
          ? 'The click head reads the last state, of the candidate: a logit.'
          : 'The cosine of a state with an item’s row, over 0.05, is the logit of the next item.',
      ],
      python: [
        'from safetensors.numpy import load_file',
        'tensors = load_file(f"{folder}/model.safetensors")',
      ],
    };
  }
  if (paradigm === 'embedding') {
    return {
      ...{ tag: 'semantic-embedding', library: TRANSFORMERS },
      io: [
        `Two encoders. \`${ITEM_FOLDER}\` reads an item's text, ended by the item token that \`mmgrid.json\``,
        `names; its last hidden state is the item's vector. \`${USER_FOLDER}\` reads vectors of the history,`,
        'oldest first, in place of embeddings; the cosine of its last state with an item’s vector ranks.',
      ],
      python: EMBEDDING_LINES,
    };
  }
  const begin =
    vocabulary.special === undefined
      ? '`<bos>`'
      : `the token ${String(vocabulary.special.bos)} (\`bos_token_id\`)`;
  if (vocabulary.levels === 0) {
    const titles = 'An item is its title: sampled titles are grounded on the nearest items.';
    return {
      tag: paradigm === 'title' ? 'text-grounded' : 'language-model',
      library: TRANSFORMERS,
      io: [paradigm === 'title' ? titles : 'It knows the texts of the items, and no interaction.'],
      python: CAUSAL_LINES,
    };
  }
  return {
    ...{ tag: 'semantic-id', library: TRANSFORMERS },
    io: [
      `An item is ${String(vocabulary.levels)} tokens of ${String(vocabulary.codes)} codes each (\`semantic_ids.json\`).`,
      `Input: ${begin} and the tokens of the history, oldest first. Output: the tokens of the next item.`,
    ],
    python: CAUSAL_LINES,
  };
}

const CAUSAL_LINES = [
  'from transformers import AutoModelForCausalLM, AutoTokenizer',
  'model = AutoModelForCausalLM.from_pretrained(folder)',
  'tokenizer = AutoTokenizer.from_pretrained(folder)',
] as const;

const EMBEDDING_LINES = [
  'from transformers import AutoModel, AutoTokenizer',
  `items, users = (AutoModel.from_pretrained(folder, subfolder=name) for name in ("${ITEM_FOLDER}", "${USER_FOLDER}"))`,
  `tokenizer = AutoTokenizer.from_pretrained(folder, subfolder="${ITEM_FOLDER}")`,
] as const;
