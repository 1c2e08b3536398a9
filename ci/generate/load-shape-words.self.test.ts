import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { sla, type LoadShape } from '../../sla.config.ts'
import { courseText, failuresText } from './load-shape-words.ts'

test('a course is told by its pieces, leaps by the levels on either side', () => {
  expect(courseText(undefined)).toBe('constant')
  expect(courseText(sla.loadShapes['mesh-peers-stages'].course)).toBe(
    '25 % for 25 %, 50 % for 25 %, 75 % for 25 %, 100 % for 25 %',
  )
  expect(courseText(sla.loadShapes['mesh-peers-spike'].course)).toBe(
    '20 % for 40 %, to 100 % over 10 %, to 20 % over 10 %, 20 % for 40 %',
  )
})

test('each pattern of failures is told with what makes it one', () => {
  const { failures }: LoadShape = sla.loadShapes['mesh-peers-stages']
  expect(failuresText(failures)).toBe(
    'crash of 10 % in 3 waves from 10 % to 40 % of the time; crash of 12 %, 3 batches in turn from 50 % to 95 % of the time',
  )
  expect(failuresText([{ pattern: 'flapping', fault: 'partition', groups: 2, times: 3, from: 0, until: 1 }])).toBe(
    'partition into 2, 3 times from 0 % to 100 % of the time',
  )
})

test('every shape of the config stands in a table of the page', () => {
  const page = readFileSync(new URL('../../docs/LOAD-TESTING.md', import.meta.url), 'utf8')
  expect(Object.keys(sla.loadShapes).filter((name) => !page.includes(`| ${name} |`))).toEqual([])
})
