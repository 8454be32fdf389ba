import { nothing } from 'lit';
import type { TemplateResult } from 'lit';
import { html } from '../../../charts/html.ts';
import { mergePictureSvg } from '../../../charts/merge-picture.ts';
import type { MergeMethodForm, MergePicture } from '../../../lab/merging/merge-forms.ts';
import { valueOf } from '../form-fields.ts';

const FAMILIES = {
  average: 'Averages',
  'task-vector': 'Task vectors',
  sparse: 'Sparse: drop, trim, elect',
  spherical: 'On the sphere, from angles',
  spectral: 'Singular values',
  data: 'With training data',
  temporal: 'Over time',
} as const satisfies Readonly<Record<MergeMethodForm['family'], string>>;

/** All methods by family; what the chosen one does and where it comes from. */
export function methodField(
  methods: readonly MergeMethodForm[],
  method: MergeMethodForm,
  choose: (method: MergeMethodForm) => void,
): TemplateResult {
  const families = Object.keys(FAMILIES) as MergeMethodForm['family'][];
  return html`<div class="field">
    <label for="method">Method</label>
    <select
      id="method"
      @change=${(event: Event) => {
        const chosen = methods.find(({ id }) => id === valueOf(event));
        if (chosen !== undefined) choose(chosen);
      }}
    >
      ${families.map((family) => {
        const own = methods.filter((one) => one.family === family);
        if (own.length === 0) return nothing;
        return html`<optgroup label=${FAMILIES[family]}>
          ${own.map(
            ({ id, title, needsData }) =>
              html`<option value=${id} ?selected=${id === method.id} ?disabled=${needsData}>
                ${title}${needsData ? ' (needs data)' : ''}
              </option>`,
          )}
        </optgroup>`;
      })}
    </select>
    <span class="help">${method.summary}</span>
    <span class="help source"
      >${method.source}${method.isMergekit ? ' · same name and parameters in mergekit' : ''}</span
    >
  </div>`;
}

export function pictureFigure(picture: MergePicture | null): TemplateResult | typeof nothing {
  if (picture === null) return nothing;
  return html`<figure class="picture">
    ${mergePictureSvg(picture.models, picture.merged)}
    <figcaption class="help">
      This method, run on ${picture.models.length} invented task vectors of ${picture.merged.length}
      numbers.
    </figcaption>
  </figure>`;
}
