/** What a run costs, in words, for the console and the page alike. */
import type { ApiComparison, MoneySummary } from '../metrics/money.ts';
import type { Summary } from '../metrics/summary.ts';
import { count, NO_VALUE, number } from './format.ts';

/** Label and text; empty where no price is known. */
export function moneyLines({ sim }: Summary): [label: string, text: string][] {
  const { money } = sim;
  if (money === null) return [];
  const api: [string, string][] = money.api === null ? [] : [['API', apiText(money.api)]];
  return [['Cost', costText(money)], ...api];
}

/** `$2.05`; three significant digits, at least cents. */
export function usd(amount: number | null): string {
  if (amount === null) return NO_VALUE;
  return Math.abs(amount) >= 1 && Math.abs(amount) < 1000 ? `$${amount.toFixed(2)}` : `$${number(amount)}`;
}

function costText(money: MoneySummary): string {
  const useful = money.usd_per_million_useful_tokens;
  const good = money.usd_per_1000_good_requests;
  return [
    `${usd(money.usd_per_hour)} an hour`,
    `${usd(money.usd_per_million_output_tokens)} per million output tokens`,
    ...(useful === null ? [] : [`${usd(useful)} per million of complete answers`]),
    ...(good === null ? [] : [`${usd(good)} per 1,000 requests within the SLO`]),
  ].join('; ');
}

function apiText(api: ApiComparison): string {
  const blended = `${api.name}: ${usd(api.usd_per_million_tokens)} per million tokens at this mix, ${usd(api.usd_per_million_output_tokens)} per million output tokens`;
  const volume = api.break_even_requests_per_month;
  return volume === null
    ? `${blended}; no break-even: ${api.no_break_even_because}`
    : `${blended}; as much as the fleet at ${count(volume)} requests a month`;
}
