/** Claims for a terminal: each with its verdict and, below it, the figures that lead there. */
import { painter } from '../console.ts';
import { plural } from '../format.ts';
import { hanging, wrap } from '../table.ts';
import { type ClaimFigure, type ClaimReport, type ClaimsReport, type ClaimVerdict, verdictText } from './claims.ts';

export interface ClaimsConsoleOptions {
  /** Width of the terminal in characters. */
  readonly columns: number;
  readonly color: boolean;
}

const ID_WIDTH = 5;

/** Ends with a line end. */
export function claimsConsole({ claims }: ClaimsReport, { columns, color }: ClaimsConsoleOptions): string {
  const paint = painter(color);
  const word = (verdict: ClaimVerdict) => {
    const text = verdictText(verdict);
    if (verdict === 'holds') return paint('green', text);
    return verdict === 'fails' ? paint('red', text) : text;
  };
  const blocks = claims.map((claim) => claimLines(claim, columns, word, paint));
  return `${[...blocks, wrap(tally(claims), columns)].map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** `36 claims: 9 hold, 20 fail, 7 cannot be settled.` */
export function tally(claims: readonly ClaimReport[]): string {
  const count = (verdict: ClaimVerdict) => claims.filter((claim) => claim.verdict === verdict).length;
  const [holding, failing, open] = [count('holds'), count('fails'), count('open')];
  return `${plural(claims.length, 'claim')}: ${holding} hold${holding === 1 ? 's' : ''}, ${failing} fail${failing === 1 ? 's' : ''}, ${open} cannot be settled.`;
}

type Paint = ReturnType<typeof painter>;

function claimLines(
  { id, says, verdict, figures, assumes, provisional }: ClaimReport,
  width: number,
  word: (verdict: ClaimVerdict) => string,
  paint: Paint,
): string[] {
  const indent = ' '.repeat(ID_WIDTH);
  const [first, ...rest] = hanging(id.padEnd(ID_WIDTH), says, width);
  return [
    paint('bold', first!),
    ...rest,
    `${indent}${word(verdict)}`,
    ...figures.flatMap((figure) => hanging(`${indent}- `, `${figureLine(figure)}`, width)),
    ...[...assumes, ...provisional].flatMap((text) => hanging(`${indent}  assumed: `, text, width)),
  ];
}

/** `KV of one chain: 2.11 GB, claimed 2.1 GB: holds`. */
export function figureLine({ what, at, ours, claimed, verdict, because, seeds }: ClaimFigure): string {
  const where = at === null ? what : `${what}, ${at}`;
  const reason = because === null ? '' : ` (${because})`;
  const draws = seeds > 1 ? ` over ${seeds} seeds` : '';
  const figure = ours === null ? '' : ` ${ours}${draws}`;
  if (verdict === 'shown') return `${where}:${figure}${reason}`;
  const claim = claimed === null ? '' : `${figure === '' ? '' : ','} claimed ${claimed}`;
  return `${where}:${figure}${claim}: ${verdictText(verdict)}${reason}`;
}
