import { describe, expect, it } from 'vitest';
import { createCpuExecutor } from '../../../src/compute/cpu/cpu-executor.ts';
import { EMBED, fieldModel, HEAD, jsonOf, linear } from '../../support/models/field-model.ts';
import { merged, resultHeaders, resultTensor } from './checkpoints.ts';

/*
 * What models agree on beyond their shapes: numbers that a cut leaves without a row, settings that
 * programs of different age keep in different places, one folder under two names.
 */

const executor = createCpuExecutor();
const LINEAR = linear(['a', 'b']);
const run = (recipe: string, models: Parameters<typeof merged>[1]) =>
  merged(recipe, models, { executor });
const notesOf = ({ reports }: Awaited<ReturnType<typeof merged>>) =>
  reports.flatMap(({ notes }) => notes).join('\n');

describe('token numbers without a token', () => {
  const tokenizer = ['x', 'y', 'z'];
  const files = { 'generation_config.json': { pad_token_id: 5, eos_token_id: [2, 5] } };

  it('that a cut leaves without a row go, where no token goes with them', async () => {
    const a = fieldModel(1, 6, { tokenizer, config: { pad_token_id: 5, eos_token_id: 2 }, files });
    const b = fieldModel(2, 4, { tokenizer });
    const result = await run(LINEAR, { a, b });
    expect(resultHeaders(result.output).get(EMBED)).toBe('F32[4,4]');
    expect(jsonOf(result.output.files, 'config.json')).toMatchObject({
      pad_token_id: null,
      eos_token_id: 2,
    });
    expect(jsonOf(result.output.files, 'generation_config.json')).toEqual({
      pad_token_id: null,
      eos_token_id: [2],
    });
    expect(notesOf(result)).toMatch(/pad_token_id: 5 is no token of the result: now null/);
  });

  it('and have a row: what begins, ends and fills is a token, an image may be none', async () => {
    const config = { pad_token_id: 3, image_token_index: 3, eos_token_id: -1 };
    const models = { a: fieldModel(1, 4, { tokenizer, config }), b: fieldModel(2, 4) };
    const result = await run(LINEAR, models);
    expect(jsonOf(result.output.files, 'config.json')).toMatchObject({
      pad_token_id: null,
      image_token_index: 3,
      eos_token_id: -1,
    });
  });

  it('stay where there is no tokenizer to ask, and no embedding to count', async () => {
    const config = { pad_token_id: 3 };
    const alone = { tokenizer: null, config };
    const known = await run(LINEAR, { a: fieldModel(1, 4, alone), b: fieldModel(2, 4, alone) });
    expect(jsonOf(known.output.files, 'config.json')).toMatchObject({ pad_token_id: 3 });
    const bare = { ...alone, tensors: { [EMBED]: null, [HEAD]: null } };
    const headless = await run(LINEAR, { a: fieldModel(1, 4, bare), b: fieldModel(2, 4, bare) });
    expect(jsonOf(headless.output.files, 'config.json')).toMatchObject({ pad_token_id: 3 });
  });
});

describe('a note', () => {
  const notesFor = async (a: object, b: object) =>
    notesOf(await run(LINEAR, { a: fieldModel(1, 3, a), b: fieldModel(2, 3, b) }));
  const rope = (base: number) => ({ rope_theta: base, rope_type: 'default' });

  it.each([
    [{ rope_theta: 10_000 }, { rope_parameters: rope(1_000_000) }],
    [{ rope_scaling: rope(10_000) }, { text_config: { rope_theta: 1_000_000 } }],
    [{ rope_theta: 7, rope_parameters: rope(10_000) }, { rope_theta: 1_000_000 }],
  ])('tells other rotary bases in other places: %j and %j', async (a, b) => {
    const notes = await notesFor({ config: a }, { config: b });
    expect(notes).toMatch(/a and b differ \(.*rope_theta 10000 and 1000000/);
  });

  it('does not tell the same rotary base in other places', async () => {
    const here = { rope_theta: 500_000 };
    const there = { rope_theta: 10_000, rope_parameters: rope(500_000) };
    expect(await notesFor({ config: here }, { config: there })).not.toMatch(/rope_theta/);
  });

  it('tells that a head is made of an embedding', async () => {
    const tied = { tensors: { [HEAD]: null }, config: { tie_word_embeddings: true } };
    const word = /The head of a is its embedding; the result has a head of its own/;
    expect(await notesFor(tied, {})).toMatch(word);
    expect(await notesFor(tied, tied)).not.toMatch(/The head of/);
  });

  it('tells one folder under two names, which are two models', async () => {
    const models = { a: fieldModel(1, 3), './a/': fieldModel(1, 3), b: fieldModel(4, 3) };
    const result = await run(linear(['a', 'b', './a/']), models);
    expect(resultTensor(result.output, EMBED)[0]).toBe(200);
    expect(notesOf(result)).toMatch(/a and \.\/a\/ are one and count as two models/);
    expect(await notesFor({}, {})).not.toMatch(/are one/);
  });

  it('says once what stands in place of a tokenizer, and what to do', async () => {
    const pointer = new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\noid 1\n');
    const files = { 'tokenizer.json': pointer };
    const broken = run(LINEAR, { a: fieldModel(1, 3, { files }), b: fieldModel(2, 3) });
    await expect(broken).rejects.toMatchObject({
      faults: [
        {
          place: 'tokenizer.json',
          message: expect.stringMatching(
            /^a: .*tokenizer.json is a Git LFS pointer: the file itself has not been downloaded\. Run `git lfs pull`[^:]*$/,
          ) as string,
        },
      ],
    });
  });
});

describe('a vocabulary of another form than tokenizer.json', () => {
  it.each(['spiece.model', 'sentencepiece.bpe.model', 'tekken.json', 'tokenizer.model'])(
    '%s goes along as it is, and says so where rows are cut',
    async (name) => {
      const bytes = new TextEncoder().encode(`{"of": "${name}"}`);
      const a = fieldModel(1, 4, { tokenizer: null, files: { [name]: bytes } });
      const whole = await run(LINEAR, { a, b: fieldModel(2, 4) });
      expect(whole.output.files.get(name)).toEqual(bytes);
      const cut = await run(LINEAR, { a, b: fieldModel(2, 3) });
      expect(cut.output.files.get(name)).toEqual(bytes);
      expect(notesOf(cut)).toMatch(/copied as it is: its tokens from 3 to 3 have no row any more/);
    },
  );
});
