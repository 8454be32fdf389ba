import { describeAlignment } from '../../rec/behaviour/check-aligned.ts';
import { jobModule } from '../jobs/job-list.ts';
import { mergeJob } from '../jobs/merge.ts';
import { trainingNotes } from '../work/training-notes.ts';
import type { CheckpointMeta } from '../checkpoints/checkpoint-meta.ts';
import type { ModelConfig } from '../../nn/transformer/config.ts';
import { paradigmOfModel } from '../paradigms/paradigm-list.ts';

/** The README.md of an exported checkpoint: what it is, where it comes from, what it is not. */
export function modelCard(meta: CheckpointMeta): string {
  const { name, kind, experiment, config, adapter, parents } = meta;
  const usage = paradigmOfModel(meta).usage(meta);
  const tags = ['generative-recommendation', usage.tag, 'mmgrid-playground'];
  if (kind === mergeJob.kind) tags.unshift('merge');
  return [
    '---',
    `library_name: ${usage.library}`,
    `tags: [${tags.join(', ')}]`,
    '---',
    '',
    `# ${plain(name)}`,
    '',
    `${jobModule(kind).card} of the experiment "${plain(experiment)}", made with MMGrid Playground.`,
    '',
    '## Model',
    '',
    usage.shape ?? decoderShape(config),
    ...usage.io,
    '',
    '```python',
    ...usage.python,
    '```',
    '',
    '## Origin',
    '',
    ...facts(meta, usage.scored ?? 'a token').map(
      ([label, value]) => `- ${label}: ${plain(value)}`,
    ),
    '',
    '## Lineage',
    '',
    ...(parents.length === 0
      ? [startOf(meta)]
      : parents.map(({ role, name: parent, id }) => `- ${role}: ${plain(parent)} (\`${id}\`)`)),
    '',
    '## Settings',
    '',
    '```json',
    JSON.stringify(meta.settings, null, 2),
    '```',
    '',
    '## Limits',
    '',
    'A small research model. It knows only the items that it was trained on; the terms of the data',
    `it was trained on apply. Computed on ${plain(adapter.name)}; another machine may differ in the last bits.`,
    ...(meta.rounded === undefined
      ? []
      : [
          '',
          `Prebaked with the page: every weight was rounded to ${meta.rounded} after training.`,
        ]),
    ...(kind === mergeJob.kind && Object.keys(meta.semanticIds).length > 1
      ? ['', usage.merged ?? MERGED_ROWS]
      : []),
    '',
  ].join('\n');
}

function decoderShape({ qkNorm, layers, width, heads, kvHeads, vocabSize }: ModelConfig): string {
  return (
    `${qkNorm ? 'Qwen3' : 'Llama'}-shaped decoder: ${String(layers)} layers, width ${String(width)}, ` +
    `${String(heads)} heads (${String(kvHeads)} key/value), vocabulary ${String(vocabSize)}.`
  );
}

function startOf({ settings }: CheckpointMeta): string {
  const { model } = settings;
  const isNested = typeof model === 'object' && model !== null && 'imported' in model;
  // Of a behaviour model the digest stands beside its sizes.
  const digest = isNested ? model.imported : settings['imported'];
  if (typeof digest !== 'string') return 'Trained from random weights.';
  return `Imported from a checkpoint's files (SHA-256 of their content: ${digest}); its terms apply.`;
}

/** Without this nobody could reproduce the numbers of a merge over domains from its folder. */
const MERGED_ROWS =
  'Merged over domains: the rows of the id tokens are merged here like all others, and mean nothing. ' +
  'The results table puts back the id rows of the evaluated domain’s own checkpoint (see Lineage); ' +
  'copy them before use.';

function facts(meta: CheckpointMeta, scored: string): [label: string, value: string][] {
  const last = meta.curve?.losses.at(-1);
  const lines: [string, string][] = [
    ['Id', meta.id],
    ['Data (SHA-256)', meta.datasetDigest],
    ['Seed', String(meta.seed)],
    ['Optimizer steps', String(meta.steps)],
    ['Engine', meta.engineVersion],
    ['Made', meta.createdAt],
  ];
  if (meta.context !== null) {
    lines.unshift(['Context', `${meta.context.domain}, ${meta.context.stage}`]);
  }
  const alignment = meta.behaviour?.alignment;
  if (alignment !== undefined) {
    lines.push(['Rows of the imported model in these data', describeAlignment(alignment)]);
  }
  if (last !== undefined) lines.push([`Last training loss (nats ${scored})`, last.toFixed(4)]);
  // What the run decided by itself; the name stands above.
  for (const note of trainingNotes({ ...meta, name: 'this model' })) {
    lines.push(['Training', note]);
  }
  return lines;
}

/** Names come from documents and files: no line break or markup may reach the card through them. */
function plain(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[<>`[\]\\*_]/g, (character) => `\\${character}`);
}
