import { BaseSequencer, type TestSpecification } from 'vitest/node'

const first = 'suites/conformance.test.ts'

/** Conformance first, then by name: the same order in every run, whatever a cache remembers of earlier ones. */
export class FixedSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => {
      const [aFirst, bFirst] = [a.moduleId.endsWith(first), b.moduleId.endsWith(first)]
      if (aFirst !== bFirst) return aFirst ? -1 : 1
      return a.moduleId < b.moduleId ? -1 : 1
    })
  }
}
