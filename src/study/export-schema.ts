/** Writes `schema/study.json`, the JSON Schema of the study file, for editors. Run by `npm run schema`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { studyJsonSchema } from '../config/study-json-schema.ts';

const folder = new URL('../../schema/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('study.json', folder), `${JSON.stringify(studyJsonSchema(), null, 2)}\n`);
