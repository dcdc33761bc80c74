/** `report.html` of a search: the question, the advice, the curve or the trade-offs that show it, and every candidate. */
import { escapeText } from '../chart/svg.ts';
import { count, plural } from '../format.ts';
import { htmlPage } from '../html-page.ts';
import { htmlTable } from '../html-table.ts';
import { shownCandidates, tuneColumns } from './tune-columns.ts';
import { refusals, searchLines } from './tune-console.ts';
import { tuneFigures } from './tune-figures.ts';
import type { TuneCandidateReport, TuneReport } from './tune-report.ts';

/** What to use, and why not the next; the rest is said below. */
const ANSWER_SENTENCES = 2;

/** The page. Links lead to the pages of runs beside it. */
export function tuneHtml(report: TuneReport): string {
  const { name, question, vllm_version: version, advice, servesim_version: own } = report;
  const content = [
    ...advice.slice(ANSWER_SENTENCES).map((sentence) => `<p>${escapeText(sentence)}</p>\n`),
    tuneFigures(report),
    candidateTables(report),
    list('What does not start, cannot be simulated, or does not count', refusals(report)),
    `<h2>How it was searched</h2>\n${[...searchLines(report), ...report.notes].map((line) => `<p>${escapeText(line)}</p>\n`).join('')}`,
    runsTable(report.candidates),
    `<footer>${escapeText(`servesim ${own}, simulating vLLM ${version}. The same study file gives the same search, byte for byte.`)}</footer>\n`,
  ];
  return htmlPage({
    title: name,
    eyebrow: `${name} · simulated vLLM ${version}`,
    heading: question ?? name,
    answer: advice.slice(0, ANSWER_SENTENCES).join(' '),
    glance: glance(report),
    content: content.join(''),
  });
}

function glance({ candidates, runs, best, method }: TuneReport): string {
  const tried = candidates.filter(({ state }) => state === 'tried').length;
  const facts = [
    ['answer', best ?? 'none'],
    ['candidates', `${tried} tried of ${candidates.length}`],
    ['search', method === 'all' ? 'every candidate' : method],
    ['runs', `${count(runs.needed)} of at most ${count(runs.most)}`],
  ];
  const items = facts.map(([label, value]) => `<li>${escapeText(label!)}<b>${escapeText(value!)}</b></li>`);
  return `<ul class="glance">${items.join('')}</ul>`;
}

/** Beside the candidate's name; more of them do not fit on a page. */
const MOST_COLUMNS = 6;

function candidateTables(report: TuneReport): string {
  const { decisive, others } = tuneColumns(report, shownCandidates(report), 'all');
  const costs = Array.from({ length: Math.ceil(others.length / MOST_COLUMNS) }, (_, i) => [
    decisive[0]!,
    ...others.slice(i * MOST_COLUMNS, (i + 1) * MOST_COLUMNS),
  ]);
  const [bounds, ...rest] = [decisive, ...costs].map((columns) =>
    htmlTable(
      columns.map(({ header, align, texts }) => ({
        ...{ header: header === '' ? 'bounds' : header, align, texts },
        ...(header === '' ? { classOf: classOfDecision } : {}),
      })),
    ),
  );
  return `<h2>All candidates</h2>\n${bounds}<h2>What each costs and gains</h2>\n${rest.join('')}`;
}

function classOfDecision(text: string): string {
  return text === 'meets' ? 'met' : text === 'fails' || text === 'queue grows' ? 'missed' : '';
}

function list(heading: string, items: readonly string[]): string {
  if (items.length === 0) return '';
  const entries = items.map((item) => `<li>${escapeText(item)}</li>`).join('');
  return `<h2>${escapeText(heading)}</h2>\n<div class="notes">\n<ul>${entries}</ul>\n</div>\n`;
}

/** A page each; the seeds of a candidate are told apart in their folders. */
function runsTable(candidates: readonly TuneCandidateReport[]): string {
  const rows = candidates.filter(({ runs }) => runs.length > 0);
  const items = rows.map(({ name, runs }) => {
    const links = runs.map(({ run_id, seed }) => `<a href="runs/${escapeText(run_id)}/report.html">${seed}</a>`);
    return `<li>${escapeText(name)}: ${links.join(', ')}</li>`;
  });
  const total = rows.reduce((sum, { runs }) => sum + runs.length, 0);
  return `<details><summary>The ${plural(total, 'run')}, by candidate and seed</summary>\n<div class="notes"><ul>${items.join('')}</ul></div></details>\n`;
}
