import type { TemplateResult } from 'lit';
import type { MetricAt } from '../../lab/results/result-metrics.ts';
import { metricId, metricTitle } from '../state/metric-choice.ts';
import { labelledSelect } from './form-fields.ts';

/** Which of the measured metrics a view shows. */
export function metricSelect(
  known: readonly MetricAt[],
  shown: MetricAt,
  choose: (id: string) => void,
): TemplateResult {
  const options = known.map((one) => ({ id: metricId(one), title: metricTitle(one) }));
  return labelledSelect('Metric', options, metricId(shown), choose);
}
