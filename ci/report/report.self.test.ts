import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sla } from '../../sla.config.ts'
import { readRunFiles } from '../../suites/evidence/stored.ts'
import { report as reportCommand } from '../commands/report.ts'
import { writeSampleRun } from '../bundle/sample-run.ts'
import { renderCtrf } from './ctrf.ts'
import { renderJunit } from './junit.ts'
import { sampleGrowth } from './load-sample.ts'
import { studyOf } from './load-study.ts'
import { escapeText, markup } from './markup.ts'
import { readReport, type RecoveryChart, type Report } from './model.ts'
import { renderPage } from './page.ts'
import { formats, writeReports } from './render.ts'
import { renderSummary } from './summary.ts'

let root = ''
let good: Report
let bad: Report
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'meshcert-report-'))
  await writeSampleRun(join(root, 'good'))
  await writeSampleRun(join(root, 'bad'), { failing: 'EVT-NOLOSS', aborted: 'SLA-VERIFY' })
  good = readReport(await readRunFiles(join(root, 'good')))
  bad = readReport(await readRunFiles(join(root, 'bad')))
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** A run that grew a mesh to its limit and recovered from faults, too. */
const withGrowth = (): Report => ({
  ...bad,
  load: [studyOf(sampleGrowth)],
  clocks: [clocks],
  rows: bad.rows.map((entry, place) => ({
    ...entry,
    ...(place === 0 && { recoveries: [recoveries], counters: [counter], files: [file] }),
  })),
})
const sha256 = '0'.repeat(64)
const file = { type: 'file', name: 'n', kind: 'io', bytes: 7, file: 'files/n.io.gz', sha256 } as const
const counter = { type: 'counter', name: 'events refused', unit: 'events', value: 3, overS: 10 } as const
const clocks: Report['clocks'][number] = {
  requirement: 'EVT-COMPONENT',
  tier: 'processes',
  stage: 0,
  isBelieved: true,
  clocks: {
    schema: 'meshcert/stage-clocks/v1',
    rows: [
      {
        stage: 'routing',
        timed: 9,
        seen: null,
        quantiles: [{ quantile: 'p50', limitMs: 65, insideMs: null, outsideMs: null, differenceMs: null }],
      },
    ],
  },
}
const recoveries: RecoveryChart = {
  series: { type: 'series', name: 'recovery', unit: 's', values: [1.5, 1.6, 2.4], censored: 1 },
  objective: sla.objectives.recovery,
}

const hostile = `</title><script>document.title = 'owned'</script><img src=x onerror="document.title = 'owned'">]]>&'"\u0000\u001b`
const withHostileTexts = (): Report => ({
  ...bad,
  document: { ...bad.document, notes: [hostile], target: { name: hostile, version: hostile }, seed: hostile },
  rows: bad.rows.map((entry) => ({
    ...entry,
    row: { ...entry.row, reason: hostile, replay: hostile },
    counters: [{ ...counter, name: hostile, unit: hostile }],
    files: [{ ...file, name: hostile, kind: hostile, file: `javascript:document.title='owned'//${hostile}` }],
  })),
})
/** A run in which nothing is red but the run itself. */
const withNothing = (): Report => ({
  ...good,
  rows: [],
  document: {
    ...good.document,
    verdict: 'INCONCLUSIVE',
    exitCode: 2,
    requirements: [],
    notes: ['Nothing was planned, so nothing is shown.'],
  },
})

test('what is put into markup stays text', () => {
  expect(markup`<p title="${'"<&'}">${['a', markup`<b>${'<'}</b>`]}${null}${7}</p>`.markup).toBe(
    '<p title="&quot;&lt;&amp;">a<b>&lt;</b>7</p>',
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const escaped = escapeText(text)
      expect(escaped).not.toMatch(/[<>"']/)
      expect(escaped.replaceAll(/&(amp|lt|gt|quot|#39);/g, '')).not.toContain('&')
      // oxlint-disable-next-line no-control-regex -- these are what must not be there
      expect(escaped).not.toMatch(/[\u0000-\u0008\u000B\u000C\u000E-\u001F]/)
      expect(escaped.isWellFormed()).toBe(true)
    }),
  )
})

test('the same run renders to the same bytes', async () => {
  for (const { render } of Object.values(formats))
    expect(render(good)).toBe(render(readReport(await readRunFiles(join(root, 'good')))))
})

test('what decides comes first, in every view', () => {
  expect(bad.rows.map(({ row }) => row.verdict)).toEqual(['FAIL', 'INCONCLUSIVE', 'PASS'])
  expect(renderPage(bad)).toMatch(/What decides[\s\S]*EVT-NOLOSS[\s\S]*SLA-VERIFY/)
  expect(renderPage(good)).not.toMatch(/What decides/)
})

test('the page holds every fact of a row', () => {
  const page = renderPage(good)
  for (const { id, reason, replay } of good.document.requirements) {
    for (const fact of [id, reason, replay ?? '']) expect(page).toContain(escapeText(fact))
  }
  expect(page).toMatch(/seed sample\/SLA-VERIFY/)
  expect(page).toMatch(/LOAD-1000/)
  expect(page).not.toMatch(/NaN|undefined|Infinity/)
})

test('recoveries of all rows are one drawing of the page, where there are any', () => {
  expect(renderPage(withGrowth())).toMatch(/Recovery from faults[\s\S]*the slowest took 2\.6 s; 1 never recovered/)
  expect(renderPage({ ...bad, rows: [] })).not.toContain('Recovery from faults')
})

test('JUnit counts failures and errors, and never shows doubt as green', () => {
  expect(renderJunit(good)).toMatch(/<testsuites name="meshcert gate" tests="3" failures="0" errors="0" skipped="0"/)
  const xml = renderJunit(bad)
  expect(xml).toMatch(/tests="3" failures="1" errors="1" skipped="0"/)
  expect(xml).toMatch(/<failure type="FAIL" message="1 of 1 checks failed, first: spoiled on purpose: &lt;b&gt;/)
  expect(xml).toMatch(/<error type="INCONCLUSIVE" message="the scenario ended early/)
  expect(renderJunit(withNothing())).toMatch(/tests="1" failures="0" errors="1"[\s\S]*Nothing was planned/)
})

test('CTRF counts what it lists, and never shows doubt as green', () => {
  for (const [report, failed] of [
    [good, 0],
    [bad, 2],
    [withNothing(), 1],
  ] as const) {
    const { results } = JSON.parse(renderCtrf(report))
    expect(results.summary.failed).toBe(failed)
    expect(results.summary.tests).toBe(results.tests.length)
    const { passed, skipped, pending, other } = results.summary
    expect(passed + failed + skipped + pending + other).toBe(results.summary.tests)
  }
})

test('the summary is a table that no text can break', () => {
  const rows = renderSummary(withHostileTexts())
    .split('\n')
    .filter((line) => line.startsWith('| '))
  expect(rows).toHaveLength(2 + bad.rows.length)
  for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(7)
  expect(renderSummary(bad)).toMatch(/```sh\nnpx meshcert replay sample --only EVT-NOLOSS\n/)
})

test('views are written where they belong; an unknown format says which there are', async () => {
  const files = await writeReports(join(root, 'good'), ['html', 'markdown'])
  expect(files.map((file) => file.slice(root.length))).toEqual(['/good/report.html', '/good/summary.md'])
  expect(await readFile(files[0] ?? '', 'utf8')).toBe(renderPage(good))
  await expect(reportCommand({ root, run: join(root, 'good'), format: ['pdf'] })).rejects.toThrow(
    /no format pdf. Known: html, junit/,
  )
  await expect(reportCommand({ root, run: 'none', format: ['html'] })).rejects.toThrow(/no run none/)
})

const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
)
if (browserPath === undefined) {
  console.warn(
    'INCONCLUSIVE: no Chromium here, so the page was not looked at by a browser nor checked for accessibility. apt-get install chromium',
  )
}

let browser: Browser | undefined
beforeAll(async () => {
  if (browserPath === undefined) return
  browser = await chromium.launch({
    executablePath: browserPath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}, 60_000)
afterAll(() => browser?.close())

function browserHere(): Browser {
  if (browser === undefined) throw new Error('There is no browser: these tests are skipped without one.')
  return browser
}

async function open(report: Report, options: { scheme?: 'light' | 'dark'; width?: number } = {}): Promise<Page> {
  const { scheme = 'light', width = 1_200 } = options
  const page = await browserHere().newPage({ colorScheme: scheme, viewport: { width, height: 900 }, bypassCSP: true })
  await page.setContent(renderPage(report))
  return page
}

describe.skipIf(browserPath === undefined)('in a browser', () => {
  test.each(['light', 'dark'] as const)('axe finds nothing in %s', async (scheme) => {
    const axe = await readFile(join(import.meta.dirname, '../../node_modules/axe-core/axe.min.js'), 'utf8')
    for (const width of [1_200, 400]) {
      const page = await open(withGrowth(), { scheme, width })
      await page.evaluate(axe)
      const found: unknown = await page.evaluate(
        'axe.run().then(({ violations, passes }) => ({ passes: passes.length, violations: violations.map((v) => v.id + ": " + v.nodes[0].html) }))',
      )
      expect(found).toEqual({ passes: expect.any(Number), violations: [] })
      await page.close()
    }
  })

  test('broken premises are seen at once, those that held on demand', async () => {
    const [row, ...others] = bad.rows
    if (row === undefined) throw new Error('the sample has rows')
    const held = { claim: 'foreign load', measured: 0.2, limit: 0.5, unit: 'cores', noise: true } as const
    const none = { claim: 'fault undone', measured: 0, limit: 0, unit: 'things left', noise: false } as const
    const page = await open({
      ...bad,
      rows: [
        { ...row, premises: [held, none, { ...held, claim: 'schedule lag p99', measured: Number.MAX_VALUE }] },
        ...others,
      ],
    })
    const cell = (text: string) => page.getByRole('cell', { name: text })
    expect(await cell('∞ of at most 0.5 cores').isVisible()).toBe(true)
    expect(await cell('0.2 of at most 0.5 cores').isVisible()).toBe(false)
    await page.getByText('2 premises held').click()
    expect(await cell('0.2 of at most 0.5 cores').isVisible()).toBe(true)
    expect(await cell('no things left').isVisible()).toBe(true)
    await page.close()
  })

  test('rows of planes that the target does not have are out of the way', async () => {
    const [row, ...others] = bad.rows
    if (row === undefined) throw new Error('the sample has rows')
    const page = await open({ ...bad, rows: [...others, { ...row, row: { ...row.row, verdict: 'NOT-APPLICABLE' } }] })
    const name = page.getByRole('rowheader', { name: row.row.id })
    expect(await name.first().isVisible()).toBe(false)
    await page.getByText('1 row of planes that the target does not have').click()
    expect(await name.first().isVisible()).toBe(true)
    await page.close()
  })

  test('a narrow screen scrolls tables, not the page', async () => {
    const page = await open(withGrowth(), { width: 360 })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
    await page.close()
  })
})

describe.skipIf(browserPath === undefined)('in a browser, whatever it is given', () => {
  test('hostile texts stay texts: nothing runs, nothing is loaded', async () => {
    const page = await browserHere().newPage()
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    await page.setContent(renderPage(withHostileTexts()))
    expect(await page.title()).not.toBe('owned')
    expect(await page.evaluate('document.scripts.length + document.images.length')).toBe(0)
    expect(await page.locator('td.reason').first().textContent()).toContain('<script>')
    const schemes =
      "[...new Set([...document.querySelectorAll('a[href]')].map((one) => one.getAttribute('href').slice(0, 2)))]"
    expect(await page.evaluate(schemes)).toEqual(['#r', './'])
    expect(asked).toEqual([])
    await page.close()
  })

  test('JUnit is well-formed XML, hostile texts included', async () => {
    const page = await browserHere().newPage()
    for (const xml of [renderJunit(good), renderJunit(bad), renderJunit(withHostileTexts())]) {
      const parsed: unknown = await page.evaluate(`(() => {
        const tree = new DOMParser().parseFromString(${JSON.stringify(xml)}, 'application/xml')
        return { error: tree.querySelector('parsererror')?.textContent ?? null, cases: tree.querySelectorAll('testcase').length }
      })()`)
      expect(parsed).toEqual({ error: null, cases: 3 })
    }
    await page.close()
  })
})
