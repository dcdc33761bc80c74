#!/usr/bin/env node
/** The command line: words → study. Exit code 0: done; 1: a failed run or a deviation; 2: bad input. */
import { hideBin } from 'yargs/helpers';
import { cli } from './cli.ts';

process.exitCode = await cli(hideBin(process.argv));
