/** Runs the claims of `experiments/claims` and writes `docs/CLAIMS.md`. Run by `npm run claims`. */
import { renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tally } from '../../report/claims/claims-console.ts';
import { claimsMarkdown } from '../../report/claims/claims-markdown.ts';
import { runClaims } from './run-claims.ts';

const root = new URL('../../../', import.meta.url);
const output = fileURLToPath(new URL('docs/CLAIMS.md', root));
const report = await runClaims(fileURLToPath(new URL('experiments/claims', root)), ({ claim, index, of }) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[Kclaim ${index}/${of}: ${claim}`);
});
if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
writeFileSync(`${output}.tmp`, claimsMarkdown(report));
renameSync(`${output}.tmp`, output);
process.stdout.write(`${tally(report.claims)}\n`);
