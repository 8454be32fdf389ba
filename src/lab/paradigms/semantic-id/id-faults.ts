import type { Fault } from '../../../core/errors.ts';
import { givenIdFaults } from '../../../rec/semantic-ids/given-ids.ts';
import { paradigmPlan } from '../../experiment/paradigm-plans.ts';
import type { DomainChecks } from '../../work/inspect-data.ts';

/** Whether the ids can name the items of a domain, and be made of what its data have. */
export const idFaults: DomainChecks['faults'] = (experiment, data, placeOf) => {
  const { levels, codes, features } = experiment.ids;
  const items = data.itemIds.length;
  const faults: Fault[] = [];
  if (features === 'file') {
    for (const { place, message } of givenIdFaults(data, levels, codes)) {
      faults.push({ place: placeOf(['ids', 'features']), message: `${place}: ${message}` });
    }
    // The prefix tree of compact ids says it of itself, also where several items share one id.
    const { form } = paradigmPlan(experiment, 'semantic-id');
    if (items < 2 && form.kind !== 'compact') {
      const message = `"${data.domain}" has a single item: there is nothing to predict.`;
      faults.push({ place: placeOf(['contexts', 'domains']), message });
    }
    return faults;
  }
  const needsTitles = features === 'tfidf' || features === 'both';
  if (needsTitles && data.titles === null) {
    const message = `"${data.domain}" has no item titles: use co-occurrence.`;
    faults.push({ place: placeOf(['ids', 'features']), message });
  }
  if (codes ** levels < items) {
    const message = `${String(levels)} levels of ${String(codes)} codes cannot name the ${String(items)} items of "${data.domain}".`;
    faults.push({ place: placeOf(['ids', 'codes']), message });
  }
  if (items < codes) {
    const message = `"${data.domain}" has ${countedItems(items)}: too few for ${String(codes)} codes a level.`;
    faults.push({ place: placeOf(['ids', 'codes']), message });
  }
  return faults;
};

function countedItems(items: number): string {
  return items === 1 ? '1 item' : `${String(items)} items`;
}
