import * as v from 'valibot';
import type { ExperimentDocument } from '../../experiment/common-sections.ts';
import type { PathFault } from '../../experiment/path-fault.ts';
import type { Restored } from '../../experiment/restored.ts';
import type { BaseForm } from '../contract/imported-base.ts';
import { LANGUAGE_BASE } from '../language/language-base-form.ts';
import { told } from '../../experiment/schema-parts.ts';

/** What the compact form does beside one position an item; see `src/nn/compact-id-model/`. */
export const COMPACT = { trieLoss: true, prefixVectors: true } as const;

export const formSchema = v.strictObject({
  form: v.optional(
    told(
      'What a position is: lc-rec: a code of an item, a token of text; compact: a whole ' + 'item.',
      v.picklist(['lc-rec', 'compact']),
    ),
    'lc-rec',
  ),
  trieLoss: v.optional(
    told(
      'Softmax over the children of the true prefix; false: over all codes of the level.',
      v.boolean(),
    ),
  ),
  prefixVectors: v.optional(
    told(
      'A vector of its own for every prefix; at the last level that is one an item.',
      v.boolean(),
    ),
  ),
});

type FormSection = v.InferOutput<typeof formSchema>;

export interface CompactForm {
  readonly kind: 'compact';
  readonly trieLoss: boolean;
  readonly prefixVectors: boolean;
}

/** How items stand in sequences. */
export type IdForm = { readonly kind: 'lc-rec' } | CompactForm;

declare module '../../experiment/paradigm-plans.ts' {
  interface ParadigmSections {
    readonly semanticId?: FormSection;
  }
}

/** The form of a document; LC-Rec's where it names none, as before there were two. */
export function formOf({ semanticId }: ExperimentDocument): IdForm {
  if (semanticId?.form !== 'compact') return { kind: 'lc-rec' };
  const { trieLoss = COMPACT.trieLoss, prefixVectors = COMPACT.prefixVectors } = semanticId;
  return { kind: 'compact', trieLoss, prefixVectors };
}

type Root = Readonly<Record<string, unknown>>;

/** The section of a draft, which may be anything. */
function draftForm({ semanticId }: Root): Root {
  return typeof semanticId === 'object' && semanticId !== null ? (semanticId as Root) : {};
}

/** What a merge over domains may put back, the default first. */
export function restoresOf(root: Root): readonly [Restored, ...Restored[]] {
  const { form, prefixVectors = COMPACT.prefixVectors } = draftForm(root);
  const isWithPrefixes = form === 'compact' && prefixVectors !== false;
  return isWithPrefixes ? ['tables', 'codes', 'nothing', 'model'] : ['codes', 'nothing', 'model'];
}

/** A base of compact ids, as its export writes it. */
export const COMPACT_BASE: BaseForm<'compact'> = {
  kind: 'compact',
  title: 'model of compact ids',
  help: 'The folder of an exported base of compact ids. Items need the ids that it was trained with; its files decide the sizes.',
  files: 'config.json, semantic_ids.json, model.safetensors',
  isOfHub: false,
  written: 'semanticId: { form: compact }',
};

/** What cells may start from. */
export function startsOf(root: Root): readonly string[] {
  return isCompactDraft(root) ? ['sequences', 'none', 'import'] : ['sequences', 'text', 'import'];
}

/** What their files hold where they start from some. */
export function importedBaseOf(root: Root): BaseForm {
  return isCompactDraft(root) ? COMPACT_BASE : LANGUAGE_BASE;
}

function isCompactDraft(root: Root): boolean {
  return draftForm(root)['form'] === 'compact';
}

/** Keys that mean nothing for the document's form. @param raw the document as it was written */
export function formFaults(document: ExperimentDocument, raw: unknown): PathFault[] {
  return formOf(document).kind === 'compact' ? compactFaults(document, raw) : lcRecFaults(document);
}

function lcRecFaults({ semanticId, base, ids }: ExperimentDocument): PathFault[] {
  const faults: PathFault[] = [];
  for (const key of ['trieLoss', 'prefixVectors'] as const) {
    if (semanticId?.[key] === undefined) continue;
    const message = 'means nothing for LC-Rec’s form: write form: compact.';
    faults.push({ path: ['semanticId', key], message });
  }
  if (base.source === 'none') {
    const message = 'none is a start of the compact form; LC-Rec’s: sequences, with epochs: 0.';
    faults.push({ path: ['base', 'source'], message });
  }
  return [...faults, ...idTextFaults(ids)];
}

function compactFaults({ base, ids, model, tasks }: ExperimentDocument, raw: unknown): PathFault[] {
  const faults: PathFault[] = [];
  if (base.source === 'text') {
    const message =
      'Compact ids read no text: set the source of the base to sequences, none or import.';
    faults.push({ path: ['base', 'source'], message });
  }
  if (base.source === 'import') {
    const message = 'means nothing for compact ids, which read no text.';
    if (base.textTokens !== undefined) faults.push({ path: ['base', 'textTokens'], message });
    if (tasks !== undefined) faults.push({ path: ['tasks'], message });
  }
  if (ids.features === 'base') {
    const message = 'Compact ids have no base of texts: make ids of the titles, or of both.';
    faults.push({ path: ['ids', 'features'], message });
  }
  if (base.source === 'none') {
    for (const key of ['epochs', 'learningRate', 'score'] as const) {
      if (!isWritten(raw, key)) continue;
      faults.push({ path: ['base', key], message: 'means nothing for a random start.' });
    }
  }
  if (model?.tied === false) {
    const message = 'Compact ids compare states with their own tables: there is no head to untie.';
    faults.push({ path: ['model', 'tied'], message });
  }
  return [...faults, ...idTextFaults(ids)];
}

function idTextFaults({ features, text }: ExperimentDocument['ids']): PathFault[] {
  if (text === undefined || features === 'tfidf' || features === 'both') return [];
  const message = `means nothing for features: ${features}, which read no words.`;
  return [{ path: ['ids', 'text'], message }];
}

function isWritten(raw: unknown, key: string): boolean {
  const { base } = raw as { base?: unknown };
  return typeof base === 'object' && base !== null && Object.hasOwn(base, key);
}
