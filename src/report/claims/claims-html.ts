/** `claims.html`: all claims with their verdicts on one page that needs nothing else. */
import { escapeText } from '../chart/svg.ts';
import { item } from '../html-glance.ts';
import { htmlPage } from '../html-page.ts';
import { htmlTable } from '../html-table.ts';
import { type ClaimFigure, type ClaimReport, type ClaimsReport, type ClaimVerdict, verdictText } from './claims.ts';
import { tally } from './claims-console.ts';

/** The page. Text from claim files is escaped. */
export function claimsHtml(report: ClaimsReport): string {
  const { claims } = report;
  const count = (verdict: ClaimVerdict) => String(claims.filter((claim) => claim.verdict === verdict).length);
  return htmlPage({
    title: 'Claims',
    eyebrow: `claims · simulated vLLM ${report.vllmVersion}`,
    heading: 'Which published figures hold?',
    answer: tally(claims),
    glance: `<ul class="glance">${item('Hold', count('holds'), 'met')}${item('Fail', count('fails'), 'missed')}${item('Cannot be settled', count('open'))}</ul>\n`,
    content: `<h2>At a glance</h2>\n${overview(claims)}<h2>Claim by claim</h2>\n${claims.map(section).join('')}${footer(report)}`,
  });
}

function overview(claims: readonly ClaimReport[]): string {
  return htmlTable([
    { header: 'Claim', align: 'left', texts: claims.map(({ id }) => id) },
    { header: 'What it says', align: 'left', wraps: true, texts: claims.map(({ says }) => says) },
    { header: 'Verdict', align: 'left', texts: claims.map(({ verdict }) => verdictText(verdict)), classOf },
    { header: 'Because', align: 'left', wraps: true, wideOnly: true, texts: claims.map(({ because }) => because) },
  ]);
}

function classOf(text: string): string {
  if (text === 'holds') return 'met';
  return text === 'fails' ? 'missed' : '';
}

function section({ id, says, verdict, figures, assumes, provisional, file }: ClaimReport): string {
  const word = verdictText(verdict);
  const mark = classOf(word) === '' ? escapeText(word) : `<b class="${classOf(word)}">${escapeText(word)}</b>`;
  const notes = [...assumes, ...provisional].map((text) => `<li>${escapeText(text)}</li>`).join('');
  return `<h3 id="${escapeText(id)}">${escapeText(id)}: ${mark}</h3>
<p>${escapeText(says)} <span class="caption">(${escapeText(file)})</span></p>
${figuresTable(figures)}${notes === '' ? '' : `<div class="notes"><p class="caption">Assumed:</p><ul>${notes}</ul></div>\n`}`;
}

function figuresTable(figures: readonly ClaimFigure[]): string {
  return htmlTable([
    { header: 'Quantity', align: 'left', wraps: true, texts: figures.map(({ what }) => what) },
    ...(figures.some(({ at }) => at !== null)
      ? [{ header: 'At', align: 'left' as const, texts: figures.map(({ at }) => at ?? '') }]
      : []),
    { header: 'Claimed', align: 'right', texts: figures.map(({ claimed }) => claimed ?? '') },
    { header: 'Ours', align: 'right', texts: figures.map(({ ours }) => ours ?? '–') },
    {
      header: 'Seeds',
      align: 'right',
      wideOnly: true,
      texts: figures.map(({ seeds }) => (seeds > 1 ? String(seeds) : '')),
    },
    { header: 'Verdict', align: 'left', texts: figures.map(figureVerdict), classOf },
    { header: '', align: 'left', wraps: true, texts: figures.map(({ because }) => because ?? '') },
  ]);
}

function figureVerdict({ verdict }: ClaimFigure): string {
  return verdict === 'shown' ? '' : verdictText(verdict);
}

function footer({ servesimVersion, vllmVersion }: ClaimsReport): string {
  return `<footer>${escapeText(
    `servesim ${servesimVersion}, simulating vLLM ${vllmVersion}. Intervals are 95 % intervals of the mean over seeds (Student's t; of ratios, on their logarithms); figures without one are computed, or the same for every seed.`,
  )}</footer>\n`;
}
