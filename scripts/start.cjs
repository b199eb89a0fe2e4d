#!/usr/bin/env node
// @ts-check
/**
 * `npm start`: sets up what is missing, then runs the server until it ends. The set-up is a process of its own, which says
 * what to run: this one stays beside the server, and loads next to nothing.
 */
const { join } = require('node:path');
const { runInForeground } = require('./setup/foreground.cjs');

void start(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});

/** @param {string[]} given */
async function start(given) {
  let answer = '';
  const setUp = [join(__dirname, 'setup', 'start.js'), ...given];
  const status = await runInForeground(process.execPath, setUp, {
    onAnswer: (text) => {
      answer = text;
    },
  });
  // Without an answer it has failed and said why, or has printed its usage.
  if (!answer) return status;
  const { command, args, ...options } = JSON.parse(answer);
  return runInForeground(command, [...args, ...given], options);
}
