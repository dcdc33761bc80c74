/** Runs the claims of `experiments/claims` and writes `docs/CLAIMS.md`. Run by `npm run claims`. */
import { renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { tally } from '../../report/claims/claims-console.ts';
import { claimsMarkdown } from '../../report/claims/claims-markdown.ts';
import { runClaims } from './run-claims.ts';

// Messages name files as they were asked for: from the root of the project, wherever that is.
process.chdir(fileURLToPath(new URL('../../../', import.meta.url)));
const output = 'docs/CLAIMS.md';
const report = await runClaims('experiments/claims', ({ claim, index, of }) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[Kclaim ${index}/${of}: ${claim}`);
});
if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
writeFileSync(`${output}.tmp`, claimsMarkdown(report));
renameSync(`${output}.tmp`, output);
process.stdout.write(`${tally(report.claims)}\n`);
