import { defineConfig } from 'vitest/config'
import { FixedSequencer } from './ci/run/sequencer.ts'

// Suites and chaos judge a target: they run through the CLI, which starts the target and installs
// the run by the setup file. `self` tests our own machinery and needs no target.
export default defineConfig({
  test: {
    passWithNoTests: false,
    sequence: { sequencer: FixedSequencer },
    projects: [
      {
        test: {
          name: 'suites',
          include: ['suites/**/*.test.ts'],
          exclude: ['**/*.self.test.ts', '**/node_modules/**'],
          setupFiles: ['ci/run/vitest-setup.ts'],
          isolate: false,
        },
      },
      {
        test: {
          name: 'chaos',
          include: ['chaos/**/*.test.ts'],
          exclude: ['**/*.self.test.ts', '**/node_modules/**'],
          setupFiles: ['ci/run/vitest-setup.ts'],
          isolate: false,
        },
      },
      {
        test: {
          name: 'self',
          include: ['**/*.self.test.ts'],
          exclude: ['**/node_modules/**'],
          testTimeout: 60_000,
        },
      },
    ],
  },
})
