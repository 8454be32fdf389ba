import { describe, expect, it } from 'vitest';
import { CHAT_PRESETS } from '../../../src/merge/folder/chat-presets.ts';
import { fieldModel, jsonOf, linear } from '../../support/models/field-model.ts';
import type { merged } from './checkpoints.ts';
import { LINEAR, run, notesOf, textOf } from './field-merges.ts';

describe('token numbers', () => {
  it('are those of the tokenizer that the result takes', async () => {
    const a = fieldModel(1, 4, {
      tokenizer: ['<s>', '</s>', '<pad>', 'x'],
      config: {
        bos_token_id: 0,
        eos_token_id: 1,
        pad_token_id: 2,
        image_token_index: 3,
        text_config: { eos_token_id: [1, 2] },
      },
      files: {
        'generation_config.json': {
          eos_token_id: [1, 2],
          bad_words_ids: [[3], [0, 1]],
          temperature: 0.6,
        },
      },
    });
    const chat = fieldModel(2, 5, {
      tokenizer: ['x', '<pad>', '<s>', '<|end|>', '</s>'],
      config: { eos_token_id: 3 },
    });
    const { output } = await run(`${linear(['a', 'chat'])}tokenizer_source: chat`, { a, chat });
    expect(jsonOf(output.files, 'config.json')).toMatchObject({
      bos_token_id: 2,
      eos_token_id: 4,
      pad_token_id: 1,
      image_token_index: 0,
      text_config: { eos_token_id: [4, 1] },
    });
    expect(jsonOf(output.files, 'generation_config.json')).toEqual({
      eos_token_id: [4, 1],
      bad_words_ids: [[0], [2, 4]],
      temperature: 0.6,
    });
  });

  it('without a token in the result are what its tokenizer’s model says, else null', async () => {
    const a = fieldModel(1, 3, {
      tokenizer: ['</s>', '<pad>', 'x'],
      config: { eos_token_id: 0, pad_token_id: 1 },
    });
    const chat = fieldModel(2, 3, {
      tokenizer: ['x', 'y', '<|end|>'],
      config: { eos_token_id: [2] },
    });
    const result = await run(`${linear(['a', 'chat'])}tokenizer_source: chat`, { a, chat });
    expect(jsonOf(result.output.files, 'config.json')).toMatchObject({
      eos_token_id: [2],
      pad_token_id: null,
    });
    expect(notesOf(result)).toMatch(/eos_token_id: "<\/s>" is no token of the result: now \[2\]/);
    expect(notesOf(result)).toMatch(/pad_token_id: "<pad>" is no token of the result: now null/);
  });
});

describe('chat_template', () => {
  const jinja = (text: string) => `{% for m in messages %}{{ '${text}' + m.content }}{% endfor %}`;
  const chat = (template: string | null, extra = {}) =>
    fieldModel(1, 3, { tokenizerConfig: { chat_template: template }, ...extra });
  const templateOf = async (recipe: string, models: Parameters<typeof merged>[1]) => {
    const result = await run(`${LINEAR}chat_template: ${recipe}`, models);
    const settings = jsonOf(result.output.files, 'tokenizer_config.json');
    return { ...result, settings: settings as Record<string, unknown> };
  };

  it.each([...CHAT_PRESETS.keys()])('%s is a preset', async (name) => {
    const { settings } = await templateOf(name, { a: chat('old'), b: chat('old') });
    expect(settings['chat_template']).toBe(CHAT_PRESETS.get(name)?.template);
    expect(settings['chat_template']).toMatch(/messages.*add_generation_prompt|messages.*\[INST\]/);
  });

  it('chatml says which of its marks are no tokens', async () => {
    const plain = await templateOf('chatml', { a: chat(null), b: chat(null) });
    expect(notesOf(plain)).toMatch(/no <\|im_start\|>, <\|im_end\|>/);
    const tokenizer = ['x', '<|im_start|>', '<|im_end|>'];
    const known = { a: chat(null, { tokenizer }), b: chat(null, { tokenizer }) };
    expect(notesOf(await templateOf('chatml', known))).not.toMatch(/im_start/);
  });

  it('auto is the most common template, of equally common ones the first', async () => {
    const [one, two] = [jinja('one'), jinja('two')];
    const three = {
      a: chat(one),
      b: fieldModel(2, 3, { files: { 'chat_template.jinja': new TextEncoder().encode(two) } }),
      c: chat(null, {
        tokenizerConfig: { chat_template: [{ name: 'default', template: two }] },
      }),
    };
    const recipe = linear(['a', 'b', 'c']);
    const all = await run(`${recipe}chat_template: auto`, three);
    expect(jsonOf(all.output.files, 'tokenizer_config.json')).toEqual({ chat_template: two });
    expect(notesOf(all)).toMatch(/auto: the template of b, c \(2 of 3 models\)/);
    const { settings } = await templateOf('auto', three);
    expect(settings['chat_template']).toBe(one);
    const none = await templateOf('auto', { a: fieldModel(1, 3), b: fieldModel(2, 3) });
    expect(none.settings).toEqual({});
    expect(notesOf(none)).toMatch(/No model has a chat template/);
  });

  it('replaces the files that would hide it, and makes one where there is none', async () => {
    const old = new TextEncoder().encode(jinja('old'));
    const files = { 'chat_template.jinja': old, 'chat_template.json': { chat_template: 'old' } };
    const wanted = jinja('new');
    const { output, settings } = await templateOf(JSON.stringify(wanted), {
      a: fieldModel(1, 3, { files, tokenizerConfig: { chat_template: 'old', x: 1 } }),
      b: fieldModel(2, 3),
    });
    expect(settings).toEqual({ chat_template: wanted, x: 1 });
    expect(textOf(output.files, 'chat_template.jinja')).toBe(wanted);
    expect(jsonOf(output.files, 'chat_template.json')).toEqual({ chat_template: wanted });
    const bare = fieldModel(1, 3, { tokenizerConfig: null });
    const made = await templateOf(JSON.stringify(wanted), { a: bare, b: bare });
    expect(made.settings).toEqual({ chat_template: wanted });
  });

  it('that is neither a template nor a preset is refused', async () => {
    const models = { a: fieldModel(1, 3), b: fieldModel(2, 3) };
    for (const word of ['chatlm', 'just some words that are long enough']) {
      await expect(run(`${LINEAR}chat_template: ${word}`, models)).rejects.toMatchObject({
        code: 'recipe-invalid',
        faults: [
          { message: expect.stringMatching(/neither a template .* chatml, exaone/) as unknown },
        ],
      });
    }
  });
});
