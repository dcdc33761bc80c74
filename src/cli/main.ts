#!/usr/bin/env node
/** The command line: words → study. Exit code 0: done; 1: a failed run or a deviation; 2: bad input. */
import './compiler.ts';
import { hideBin } from 'yargs/helpers';
import { cli } from './cli.ts';

// A reader that closes the pipe early (head, less) has seen what it wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await cli(hideBin(process.argv));
