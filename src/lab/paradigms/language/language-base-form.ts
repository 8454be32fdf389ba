import type { BaseForm } from '../contract/imported-base.ts';

/** A language model with its tokenizer, as hubs have them. */
export const LANGUAGE_BASE: BaseForm<'language-model'> = {
  kind: 'language-model',
  title: 'language model',
  help: 'A Qwen3- or Llama-shaped checkpoint with its tokenizer. Its files decide the sizes.',
  files: 'config.json, tokenizer.json, model.safetensors (or the index and its shards)',
  isOfHub: true,
  written: 'a paradigm of language models',
};
