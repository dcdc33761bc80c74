/**
 * `report.html` of a validation: how far off the simulation is, the distributions of both sides on top of each other,
 * the load of both over time, the error table, and what it rests on.
 */
import { COMPARED_METRICS } from '../metrics/error-table.ts';
import { cdfChart } from './chart/cdf.ts';
import { axisNumber, lineChart } from './chart/line.ts';
import { escapeText } from './chart/svg.ts';
import { commonDuration, count } from './format.ts';
import { configurations } from './html-configurations.ts';
import { figure } from './html-figure.ts';
import { item } from './html-glance.ts';
import { notesSection } from './html-notes.ts';
import { htmlPage } from './html-page.ts';
import { factsTable, htmlTable } from './html-table.ts';
import {
  baseName,
  cellName,
  metricName,
  peerError,
  plainPercent,
  type Side,
  signedPercent,
  type ValidationReport,
  validationAnswer,
} from './validation.ts';
import { entries } from './validation-console.ts';
import { LONG_NAMES } from './wording.ts';

/** The page. */
export function validationHtml(report: ValidationReport): string {
  const { run } = report;
  const content = [
    distributions(report.sides),
    load(report.sides),
    '<h2>The errors</h2>\n',
    errorTable(report),
    '<p class="caption">Error: 100 × (simulated / measured - 1).</p>\n',
    '<h2>What was compared</h2>\n',
    factsTable([...entries(report), ...run.facts.map(({ label, value }) => [label, value] as const)]),
    notesSection([run]),
    configurations([run]),
    DEFINITIONS,
    footer(report),
  ];
  return htmlPage({
    title: report.name,
    eyebrow: `${report.name} · simulated vLLM ${run.summary.sim.vllm_version} against ${baseName(report.measured.file)}`,
    heading: report.question ?? `How close is the simulation to ${baseName(report.measured.file)}?`,
    answer: validationAnswer(report),
    glance: glance(report),
    content: content.join(''),
  });
}

function glance({ errors, peer, preemptions }: ValidationReport): string {
  const paired = COMPARED_METRICS.filter((metric) => errors.pairedPercent[metric] !== null).map((metric) =>
    item(`${metricName(metric)} of a request, median |error|`, plainPercent(errors.pairedPercent[metric])),
  );
  const items = [
    item('Mean |error|', plainPercent(errors.meanAbsErrorPercent)),
    ...(peer === null ? [] : [item("The peer's", plainPercent(peer.errors.meanAbsErrorPercent))]),
    ...paired,
    item('Preemptions, simulated', count(preemptions)),
  ];
  return `<ul class="glance">${items.join('')}</ul>\n`;
}

function distributions(sides: readonly Side[]): string {
  const charts = COMPARED_METRICS.map((metric) =>
    cdfChart({
      title: LONG_NAMES[metric],
      metric: metricName(metric),
      counted: 'requests',
      limits: [],
      series: sides.map(({ name, cdf }, style) => ({ name, style, curve: cdf[metric] })),
    }),
  );
  return figure(
    'How long requests take',
    charts,
    [],
    sides.map(({ name }) => name),
  );
}

function load(sides: readonly Side[]): string {
  const drawn = sides.flatMap(({ name, load: own }, style) => (own === null ? [] : [{ name, style, own }]));
  const chart = (title: string, kind: 'inFlight' | 'writing') =>
    lineChart({
      title,
      quantity: 'Requests',
      time: 'Time',
      format: axisNumber,
      series: drawn.map(({ name, style, own }) => ({
        name,
        style,
        values: own[kind].values,
        intervalS: own[kind].intervalS,
        endS: own[kind].intervalS * own[kind].values.length,
        drawn: 'line',
      })),
    });
  return figure(
    'What the server does meanwhile',
    [chart('Sent and not finished', 'inFlight'), chart('Writing', 'writing')],
    ['Writing: between their first token and their last.'],
  );
}

function errorTable(report: ValidationReport): string {
  const { cells } = report.errors;
  const unit = new Map(
    COMPARED_METRICS.map((metric) => {
      const own = cells.filter((cell) => cell.metric === metric);
      return [metric, commonDuration(own.flatMap(({ measuredMs, simulatedMs }) => [measuredMs, simulatedMs]))];
    }),
  );
  const peer = {
    header: 'Peer’s error',
    align: 'right',
    texts: cells.map((cell) => signedPercent(peerError(report, cell))),
  } as const;
  return htmlTable([
    { header: '', align: 'left', texts: cells.map(cellName) },
    { header: 'Measured', align: 'right', texts: cells.map((cell) => unit.get(cell.metric)!(cell.measuredMs)) },
    { header: 'Simulated', align: 'right', texts: cells.map((cell) => unit.get(cell.metric)!(cell.simulatedMs)) },
    { header: 'Error', align: 'right', texts: cells.map(({ errorPercent }) => signedPercent(errorPercent)) },
    ...(report.peer === null ? [] : [peer]),
  ]);
}

const DEFINITIONS = `<details><summary>What the words mean</summary>
<dl>
<dt>TTFT, TPOT, E2EL</dt><dd>As <code>vllm bench serve</code> defines them: time to the first token; time per output token after the first, one value a request, none for a request of one token; time to the last token.</dd>
<dt>Statistics</dt><dd>Of both sides over the same requests; percentiles interpolate linearly between ranks.</dd>
<dt>Mean |error|</dt><dd>The mean size of the errors in the table, each with the same weight.</dd>
<dt>Median |error| of a request</dt><dd>Simulated against measured, request by request: half of them are closer. A mean can be right for the wrong reasons; this cannot.</dd>
</dl></details>
`;

function footer({ run }: ValidationReport): string {
  const { servesim_version: own, vllm_version: vllm } = run.summary.sim;
  return `<footer>${escapeText(`servesim ${own}, simulating vLLM ${vllm}. The same files give the same numbers, byte for byte.`)}</footer>\n`;
}
