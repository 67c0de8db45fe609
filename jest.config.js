'use strict';
// tsc's output is what ships and what runs here: no transform, so the same files are tested natively and under Wine.
module.exports = {
  roots: ['<rootDir>/dist-test'],
  testMatch: ['**/*.test.js'],
  testEnvironment: 'node',
  setupFiles: ['<rootDir>/dist-test/setup.js'],
  transform: {},
  watchman: false,
  // A machine that is busy is no failure: what hangs is still found.
  testTimeout: 30_000,
};
