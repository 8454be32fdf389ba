import * as v from 'valibot';
import { AppError, type Fault } from '../../core/errors.ts';
import { checkExperiment } from './document-checks.ts';
import { paradigmDocument } from '../paradigms/document-list.ts';
import { FIRST_STAGE, LATER_STAGE, MODEL } from '../experiment/experiment-defaults.ts';
import { domainsOf } from '../experiment/document-domains.ts';
import { resolveMerge, resolveSearch } from './resolve.ts';
import { documentSchema } from './document-schema.ts';
import type { ExperimentDocument } from '../experiment/common-sections.ts';
import { readYaml, type KeyPath, type LocatedDocument } from '../../io/yaml/located-yaml.ts';
import type { Experiment } from '../experiment/experiment-types.ts';

export type ParsedExperiment =
  | {
      readonly ok: true;
      readonly experiment: Experiment;
      /** Where a key stands in the text, for faults that only the data bring to light. */
      readonly placeOf: LocatedDocument['placeOf'];
    }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Reads and checks an experiment document (YAML or JSON); all faults at once, with places. */
export function parseExperiment(text: string): ParsedExperiment {
  const read = readYaml(text);
  if (!read.ok) return read;
  const { document } = read;
  const checked = v.safeParse(documentSchema(), document.value);
  if (!checked.success) {
    return { ok: false, faults: checked.issues.map((issue) => schemaFault(document, issue)) };
  }
  const faults = checkExperiment(checked.output, document.value).map(({ path, message }) => ({
    place: document.placeOf(path),
    message,
  }));
  if (faults.length > 0) return { ok: false, faults };
  const placeOf = (path: KeyPath) => document.placeOf(path);
  return { ok: true, experiment: resolve(checked.output), placeOf };
}

/**
 * The experiment of a document that must be right.
 * @errors experiment-invalid with all faults
 */
export function experimentFrom(text: string): Experiment {
  const parsed = parseExperiment(text);
  if (parsed.ok) return parsed.experiment;
  const count = parsed.faults.length;
  throw new AppError(
    'experiment-invalid',
    `The experiment document has ${String(count)} fault${count === 1 ? '' : 's'}.`,
    { hint: 'Nothing was run. Correct the places listed and try again.', faults: parsed.faults },
  );
}

function resolve(document: ExperimentDocument): Experiment {
  const { contexts, training } = document;
  const paradigm = paradigmDocument(document.paradigm);
  const { stages: passes, ...optimizer } = training;
  const { validation } = contexts;
  const [first, ...later] = contexts.stages.map((stage, index) => {
    const isLast = index === contexts.stages.length - 1;
    const defaults = index === 0 ? FIRST_STAGE : LATER_STAGE;
    const own = Object.hasOwn(passes, stage.name) ? passes[stage.name] : undefined;
    return {
      name: stage.name,
      startMs: stage.start,
      // Nothing of the validation window is trained on.
      endMs: isLast && validation !== undefined ? validation.start : stage.end,
      training: {
        epochs: own?.epochs ?? defaults.epochs,
        learningRate: own?.learningRate ?? defaults.learningRate,
        score: own?.score ?? paradigm.score?.(document) ?? defaults.score,
      },
    };
  });
  if (first === undefined) throw new AppError('internal', 'The schema let an empty list pass.');
  return {
    name: document.name,
    data: document.data,
    contexts: {
      domains: domainsOf(document) ?? [],
      stages: [first, ...later],
      test: { name: 'test', startMs: contexts.test.start, endMs: contexts.test.end },
      validation:
        validation === undefined
          ? null
          : { name: 'validation', startMs: validation.start, endMs: validation.end },
      filter: { minCount: contexts.filter.minCount, startMs: contexts.filter.start ?? null },
      history: contexts.history,
      minEarlier: contexts.minEarlier,
      maxPretrainTargets: contexts.maxPretrainTargets,
    },
    paradigm: paradigm.plan(document),
    ids: document.ids,
    model: document.model ?? MODEL,
    base: paradigm.base(document),
    training: optimizer,
    merges: document.merges.map((merge) => resolveMerge(document, merge)),
    searches: document.searches.map((search) => resolveSearch(document, search)),
    evaluation: document.evaluation,
    results: document.results,
    analysis: document.analysis,
    seeds: document.seeds,
  };
}

function schemaFault(document: LocatedDocument, issue: v.BaseIssue<unknown>): Fault {
  const path: KeyPath = (issue.path ?? []).map(({ key }) =>
    typeof key === 'number' ? key : String(key),
  );
  const last = String(path.at(-1) ?? '');
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    return { place: document.placeOf(path), message: `Unknown key "${last}".` };
  }
  if (issue.type === 'strict_object' && issue.received === 'undefined') {
    return { place: document.placeOf(path), message: `The key "${last}" is missing.` };
  }
  const custom = !issue.message.startsWith('Invalid ');
  const received = `got ${issue.received}`;
  const message = custom
    ? `${issue.message} (${received})`
    : `expected ${wanted(issue)}, ${received}`;
  return { place: document.placeOf(path), message };
}

function wanted(issue: v.BaseIssue<unknown>): string {
  return issue.expected === null ? issue.type : issue.expected.toLowerCase();
}
