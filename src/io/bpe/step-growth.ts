import { AppError } from '../../core/errors.ts';

/** Published tokenizers have up to a dozen. */
const MOST_STEPS = 32;
/** What a text may grow by; published ones write at most four characters for one. */
const MOST_GROWTH = 256;
const MOST_LEVELS = 16;

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Refuses a tokenizer whose steps make texts longer and longer: each writes several characters for one of
 * the step before, so that a list of them, a few kilobytes long, takes all memory for one word. Nothing
 * can stop it once it runs.
 * @errors data-invalid
 */
export function refuseGrowingSteps(json: JsonObject): void {
  const before = [...stepsOf(json['normalizer'], 0), ...stepsOf(json['pre_tokenizer'], 0)];
  for (const [place, steps] of [
    ['pre_tokenizer', before],
    ['decoder', stepsOf(json['decoder'], 0)],
  ] as const) {
    if (steps.length > MOST_STEPS) throw refused(place, `has ${String(steps.length)} steps`);
    let growth = 1;
    for (const step of steps) growth *= growthOf(step);
    if (growth > MOST_GROWTH) {
      throw refused(place, `writes up to ${growth.toPrecision(2)} characters for one`);
    }
  }
}

/** The steps of a part, those of its sequences one by one. */
function stepsOf(part: unknown, level: number): readonly JsonObject[] {
  if (typeof part !== 'object' || part === null) return [];
  const { type, normalizers, pretokenizers, decoders } = part as JsonObject;
  if (type !== 'Sequence') return [part as JsonObject];
  if (level > MOST_LEVELS) throw refused('Sequence', 'is nested too deeply');
  return [normalizers, pretokenizers, decoders]
    .filter((steps) => Array.isArray(steps))
    .flat()
    .flatMap((step) => stepsOf(step, level + 1));
}

/** Characters that a step writes for one, at most. */
function growthOf({ type, pattern, content, replacement }: JsonObject): number {
  if (type === 'ByteLevel') return 4;
  if (type === 'Metaspace') return lengthOf(replacement);
  if (type !== 'Replace') return 1;
  const { String: text } = (pattern ?? {}) as { readonly String?: unknown };
  // A regular expression may match one character, and nothing between two.
  const matched = typeof text === 'string' && text !== '' ? text.length : 1;
  const between = matched === 1 && text === '' ? 1 : 0;
  return Math.max(1, lengthOf(content) / matched + between);
}

function lengthOf(text: unknown): number {
  return typeof text === 'string' ? Math.max(1, text.length) : 1;
}

function refused(place: string, message: string): AppError {
  return new AppError('data-invalid', 'This tokenizer.json makes texts longer without end.', {
    hint: 'Take the tokenizer.json that belongs to the model. Nothing was loaded.',
    faults: [{ place: `tokenizer.json: ${place}`, message }],
  });
}
