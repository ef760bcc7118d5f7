// Loaded before an Appium server: the server ends when its standard input does.
//
// That is the end of a pipe whose other end only the starting process holds, so it also comes when that
// process is killed, on every system that has pipes. Sessions are ended on the way, unless that takes long.
'use strict';

const ENDED_WITHIN_MS = 5000;

process.stdin.resume().on('end', () => {
  process.kill(process.pid, 'SIGTERM');
  setTimeout(() => process.exit(1), ENDED_WITHIN_MS).unref();
});
