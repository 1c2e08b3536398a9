import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readJudgedFiles } from '../../suites/evidence/stored.ts'
import { renderChaos } from './chaos-results.ts'
import { renderCtrf } from './ctrf.ts'
import { renderJunit } from './junit.ts'
import { renderLoad } from './load-results.ts'
import { readReport, type Report } from './model.ts'
import { renderPage } from './page.ts'
import { renderSummary } from './summary.ts'

/** Every view of a run, by the word that asks for it. Views are made from the evidence and can be made again. */
export const formats = {
  html: { file: 'report.html', render: renderPage },
  junit: { file: 'junit.xml', render: renderJunit },
  ctrf: { file: 'ctrf.json', render: renderCtrf },
  markdown: { file: 'summary.md', render: renderSummary },
  load: { file: 'load.json', render: renderLoad },
  chaos: { file: 'chaos.json', render: renderChaos },
} as const satisfies Record<string, { readonly file: string; readonly render: (report: Report) => string }>

export type Format = keyof typeof formats
export const isFormat = (word: string): word is Format => Object.hasOwn(formats, word)

/** Writes the views of a run beside its evidence and answers their files. */
export async function writeReports(runDirectory: string, wanted: readonly Format[]): Promise<readonly string[]> {
  const report = readReport(await readJudgedFiles(runDirectory))
  return Promise.all(
    wanted.map(async (format) => {
      const file = join(runDirectory, formats[format].file)
      await writeFile(file, formats[format].render(report))
      return file
    }),
  )
}
