/**
 * `report.html`: the result of a study as one file that needs nothing else, no network and no script. It reads from
 * the question over the answer and the pictures that show it to the numbers, the reservations and the configuration.
 */
import type { StudyStatistics } from '../metrics/study-statistics.ts';
import type { Summary } from '../metrics/summary.ts';
import { answerParts } from './answer.ts';
import { escapeText } from './chart/svg.ts';
import { classTable } from './class-table.ts';
import { poolTable } from './fleet-table.ts';
import { configurations } from './html-configurations.ts';
import { figures } from './html-figures.ts';
import { glance } from './html-glance.ts';
import { notesSection } from './html-notes.ts';
import { htmlPage } from './html-page.ts';
import { statisticsTables, withheldList } from './html-statistics.ts';
import { factsTable, keptTogether } from './html-table.ts';
import { latencyTable, loadFacts, runsTable, simulatedFacts } from './html-tables.ts';
import { variantTables } from './html-variant-tables.ts';
import { hasIntervals } from './study-metrics.ts';
import type { RunReport, StudyReport } from './study-report.ts';
import { judgedVariants, type Variant } from './variants.ts';
import { conservationLine } from './wording.ts';

/** The page. Text from the study is escaped; under 300 kB however many runs there are. */
export function reportHtml(study: StudyReport): string {
  const [first] = study.runs;
  const variants = judgedVariants(study);
  const statistics = study.statistics ?? null;
  const { lead, remarks } = answerParts(study);
  const content =
    first === undefined
      ? ''
      : [
          stuckWarnings(study.runs),
          figures(variants, statistics),
          numbers(study.runs, variants, statistics),
          notStarted(study),
          simulated(variants),
          notesSection(study.runs),
          configurations(study.runs),
          DEFINITIONS,
          footer(first.summary),
        ].join('');
  return htmlPage({
    title: study.name,
    eyebrow: eyebrow(study),
    heading: study.question ?? study.name,
    answer: keptTogether(lead),
    remarks: keptTogether(remarks),
    glance: glance(variants),
    content,
  });
}

function eyebrow({ name, runs: [first] }: StudyReport): string {
  return first === undefined ? name : `${name} · simulated vLLM ${first.summary.sim.vllm_version}`;
}

function stuckWarnings(runs: readonly RunReport[]): string {
  return runs
    .filter(({ summary }) => summary.sim.stuck !== null)
    .slice(0, 10)
    .map(
      ({ title, seed, summary }) =>
        `<p class="warning">${escapeText(`${title}, seed ${seed}: ${summary.sim.stuck}`)}</p>\n`,
    )
    .join('');
}

function numbers(runs: readonly RunReport[], variants: readonly Variant[], statistics: StudyStatistics | null): string {
  const [first] = runs;
  if (runs.length === 1) return oneRun(first!.summary);
  const tables = variantTables(variants);
  if (statistics === null) return `<h2>The numbers</h2>\n${runsTable(runs, variants)}${tables}`;
  if (!hasIntervals(statistics))
    return `<h2>The numbers</h2>\n${runsTable(runs, variants)}${withheldList(variants, statistics)}${tables}`;
  return `<h2>The numbers</h2>
${statisticsTables(variants, statistics)}${tables}<details><summary>Every run by itself, with its report</summary>
${runsTable(runs, variants)}</details>
`;
}

function oneRun(summary: Summary): string {
  return `<h2>The numbers</h2>
${latencyTable(summary)}${classTable(summary)}${poolTable(summary)}${factsTable(loadFacts(summary))}<p class="caption">Every request is accounted for: ${escapeText(conservationLine(summary))}.</p>
`;
}

function notStarted({ notStarted: variants = [] }: StudyReport): string {
  if (variants.length === 0) return '';
  const entries = variants.map(({ title, reason }) => `<li>${escapeText(`${title}: ${reason}`)}</li>`).join('');
  return `<h2>What does not start</h2>\n<div class="notes">\n<ul>${entries}</ul>\n</div>\n`;
}

function simulated(variants: readonly Variant[]): string {
  const described = variants.some(({ runs }) => runs.some(({ facts }) => facts.length > 0));
  return described ? `<h2>What was simulated</h2>\n${simulatedFacts(variants)}` : '';
}

const DEFINITIONS = `<details><summary>What the words mean</summary>
<dl>
<dt>TTFT, TPOT, ITL, E2EL</dt><dd>As <code>vllm bench serve</code> defines them, seen by the client: time to the first token; time per output token after the first, one value a request; gaps between tokens, pooled over all requests; time to the last token. Percentiles interpolate linearly between finished requests.</dd>
<dt>SLO</dt><dd>Judged over all requests: one that was refused, aborted or never finished counts as infinitely late, and so does, for TTFAT, one that ended before its answer. p99 is missed when more than 1 % are not served. ITL alone is judged over the gaps there are. Several seeds are judged together, by the figure of the tables, beside which stands how many of the runs meet it by themselves. Where the queue grows no SLO is met.</dd>
<dt>Overloaded</dt><dd>The queue in the last tenth of the time in which requests arrive is more than twice that of its first half, and longer by at least 8 requests and 1 % of all. Such a deployment has no steady state.</dd>
<dt>±, interval</dt><dd>Half the width of a confidence interval over seeds: it holds the mean over infinitely many such runs with the confidence that is said. Differences are taken seed by seed, on the same requests; one that may be chance has an interval that holds no difference.</dd>
<dt>Queue</dt><dd>Growing: the number of requests in the system grows for as long as they arrive, so that there is no steady state; latencies and goodput are then withheld. Shedding: level only because requests leave unfinished. Undecided: a longer run would tell.</dd>
<dt>Throughput</dt><dd>As <code>vllm bench serve</code> has it: over the time from the first arrival, where the clock starts, to the last token, the tail included in which the last requests finish.</dd>
<dt>TTFAT</dt><dd>Time to the first token of the answer, after the thinking phase.</dd>
<dt>Goodput</dt><dd>Requests that got their whole answer with each latency within the limit of the SLO (of their class, where there are classes), whatever its percentile.</dd>
<dt>Preemption</dt><dd>A running request gives its KV blocks back to make room and is computed again later.</dd>
<dt>Acceptance</dt><dd>As vLLM reports speculative decoding: the acceptance rate is accepted over proposed drafts; the acceptance length is the tokens of a verification, the one that needs no draft included; by position, the share of verifications that accepted this draft and all before it.</dd>
<dt>Running, waiting</dt><dd>Requests in the engine that are part of its batch, and those queued for it; means over time, summed over replicas.</dd>
<dt>KV cache in use</dt><dd>Share of the blocks held by requests: the mean over replicas, and the highest of any.</dd>
</dl></details>
`;

function footer({ sim }: Summary): string {
  const text = `servesim ${sim.servesim_version}, simulating vLLM ${sim.vllm_version}. The same study file and seed give the same numbers, byte for byte.`;
  return `<footer>${escapeText(text)}</footer>\n`;
}
